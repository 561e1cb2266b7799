package dev.wrenn.persistence.internal;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.Objects;
import java.util.UUID;

@Entity(name = "Port")
@Table(name = "capsule_ports")
@IdClass(PortEntity.Key.class)
public class PortEntity {
  @Id @Column(name = "capsule_id") private UUID capsule;
  @Id private int port;
  @Column(name = "is_open") private boolean open;

  protected PortEntity() {}

  PortEntity(UUID capsule, int port, boolean open) {
    this.capsule = capsule;
    this.port = port;
    this.open = open;
  }

  int port() {
    return port;
  }

  boolean open() {
    return open;
  }

  public static final class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private UUID capsule;
    private int port;

    public Key() {}

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Objects.equals(capsule, key.capsule) && port == key.port;
    }

    @Override
    public int hashCode() {
      return Objects.hash(capsule, port);
    }
  }
}
