package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TemplateRecord;
import dev.wrenn.persistence.Templates;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

record JpaTemplates(Transactions transactions) implements Templates {
  @Override
  public Optional<TemplateRecord> find(UUID team, String name) {
    return transactions.call(entities -> entities.createQuery("select t from Template t where t.team = :team and t.name = :name", TemplateEntity.class)
        .setParameter("team", team).setParameter("name", name).getResultStream().findFirst()).map(TemplateEntity::read);
  }

  @Override
  public List<TemplateRecord> ofTeam(UUID team) {
    return transactions.call(entities -> entities.createQuery("select t from Template t where t.team = :team and t.name not like :intent order by t.createdAt desc, t.id desc",
        TemplateEntity.class).setParameter("team", team).setParameter("intent", TemplateRecord.INTENT + "%").getResultList()).stream().map(TemplateEntity::read).toList();
  }

  @Override
  public List<TemplateRecord> intents() {
    return transactions.call(entities -> entities.createQuery("select t from Template t where t.name like :intent", TemplateEntity.class)
        .setParameter("intent", TemplateRecord.INTENT + "%").getResultList()).stream().map(TemplateEntity::read).toList();
  }

  @Override
  public void put(TemplateRecord template) {
    transactions.run(entities -> entities.merge(new TemplateEntity(template)));
  }

  @Override
  public void delete(UUID id) {
    transactions.run(entities -> entities.createQuery("delete from Template t where t.id = :id").setParameter("id", id).executeUpdate());
  }
}
