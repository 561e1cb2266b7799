package dev.wrenn.network.tap.internal;

/**
 * A range of IPv4 addresses.
 *
 * @param base first address, as a number
 * @param length of the prefix, 0 to 32
 */
record Cidr(int base, int length) {
  Cidr {
    if (length < 0 || length > 32) {
      throw new IllegalArgumentException("prefix length " + length + " is not from 0 to 32");
    }
    if ((base & ~mask(length)) != 0) {
      throw new IllegalArgumentException(text(base) + "/" + length + " has bits set behind its prefix; write "
          + text(base & mask(length)) + "/" + length);
    }
  }

  static Cidr parse(String text) {
    String[] parts = text.strip().split("/", 2);
    return new Cidr(address(parts[0]), parts.length == 1 ? 32 : Integer.parseInt(parts[1]));
  }

  /** A dotted quad as a number. No name is ever looked up. */
  static int address(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      throw new IllegalArgumentException("'" + text + "' is no IPv4 address");
    }
    int address = 0;
    for (String part : parts) {
      int value = Integer.parseInt(part);
      if (value < 0 || value > 255) {
        throw new IllegalArgumentException("'" + text + "' is no IPv4 address");
      }
      address = address << 8 | value;
    }
    return address;
  }

  static String text(int address) {
    return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
  }

  boolean contains(int address) {
    return (address & mask(length)) == base;
  }

  boolean overlaps(Cidr other) {
    return contains(other.base) || other.contains(base);
  }

  private static int mask(int length) {
    return length == 0 ? 0 : -1 << 32 - length;
  }

  @Override
  public String toString() {
    return text(base) + "/" + length;
  }
}
