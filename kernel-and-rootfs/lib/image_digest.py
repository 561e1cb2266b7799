#!/usr/bin/env python3
"""image_digest.py FILE: prints the SHA-256 content id of a sparse disk image and the bytes that it uses.

The id covers the image's size (8 bytes, big endian) and then each 4 KiB block that is not all zero, as its block number
(8 bytes, big endian) followed by its 4096 bytes. So it names every byte of the image, does not depend on where a file system
keeps holes, and takes as long as reading the used part only.
"""
import errno
import hashlib
import os
import sys

BLOCK = 4096
ZERO = bytes(BLOCK)


def data_extents(fd, size):
    """Yields (start, end) of the parts that may hold data, widened to whole blocks."""
    position = 0
    while position < size:
        try:
            start = os.lseek(fd, position, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(fd, start, os.SEEK_HOLE)
        start = max(position, start - start % BLOCK)
        end = min(size, end + -end % BLOCK)
        yield start, end
        position = end


def digest(path):
    with open(path, "rb", buffering=0) as image:
        fd = image.fileno()
        size = os.fstat(fd).st_size
        content = hashlib.sha256(size.to_bytes(8, "big"))
        used = 0
        for start, end in data_extents(fd, size):
            for chunk_start in range(start, end, 256 * BLOCK):
                chunk = os.pread(fd, min(256 * BLOCK, end - chunk_start), chunk_start)
                for offset in range(0, len(chunk), BLOCK):
                    block = chunk[offset:offset + BLOCK]
                    if block != ZERO[:len(block)]:
                        content.update(((chunk_start + offset) // BLOCK).to_bytes(8, "big"))
                        content.update(block)
                        used += len(block)
        return content.hexdigest(), used


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: image_digest.py FILE")
    print(*digest(sys.argv[1]))
