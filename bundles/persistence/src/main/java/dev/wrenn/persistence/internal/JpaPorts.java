package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.Ports;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

record JpaPorts(Transactions transactions) implements Ports {
  @Override
  public SortedMap<Integer, Boolean> ofCapsule(UUID capsule) {
    SortedMap<Integer, Boolean> said = new TreeMap<>();
    transactions.call(entities -> entities.createQuery("select p from Port p where p.capsule = :capsule", PortEntity.class)
        .setParameter("capsule", capsule).getResultList()).forEach(port -> said.put(port.port(), port.open()));
    return said;
  }

  @Override
  public void put(UUID capsule, int port, boolean open) {
    transactions.run(entities -> entities.merge(new PortEntity(capsule, port, open)));
  }

  @Override
  public void remove(UUID capsule, int port) {
    transactions.run(entities -> entities.createQuery("delete from Port p where p.capsule = :capsule and p.port = :port")
        .setParameter("capsule", capsule).setParameter("port", port).executeUpdate());
  }
}
