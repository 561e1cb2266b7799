package dev.wrenn.persistence.internal;

import jakarta.persistence.SharedCacheMode;
import jakarta.persistence.ValidationMode;
import jakarta.persistence.spi.ClassTransformer;
import jakarta.persistence.spi.PersistenceUnitInfo;
import java.net.URL;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** What would otherwise stand in a persistence.xml. No shared cache: other processes write to the same database. */
record PersistenceUnit(DataSource dataSource, URL root, ClassLoader loader) implements PersistenceUnitInfo {
  private static final List<String> CLASSES = Stream.of(SettingEntity.class, TeamEntity.class, UserEntity.class, MembershipEntity.class,
      ApiKeyEntity.class, CapsuleEntity.class, IdempotencyEntity.class, LeaseEntity.class, ChangeEntity.class, PortEntity.class, LimitsEntity.class,
      DutyEntity.class, SampleEntity.class, HourEntity.class, DayEntity.class, MetricsEntity.class, TemplateEntity.class,
      MicrosConverter.class)
      .map(Class::getName).toList();

  @Override public String getPersistenceUnitName() {
    return "wrenn";
  }

  @Override public String getPersistenceProviderClassName() {
    return "org.eclipse.persistence.jpa.PersistenceProvider";
  }

  @Override public String getScopeAnnotationName() {
    return null;
  }

  @Override public List<String> getQualifierAnnotationNames() {
    return List.of();
  }

  @Override
  @SuppressWarnings({"removal", "deprecation"})
  public jakarta.persistence.spi.PersistenceUnitTransactionType getTransactionType() {
    return jakarta.persistence.spi.PersistenceUnitTransactionType.RESOURCE_LOCAL;
  }

  @Override public DataSource getJtaDataSource() {
    return null;
  }

  @Override public DataSource getNonJtaDataSource() {
    return dataSource;
  }

  @Override public List<String> getMappingFileNames() {
    return List.of();
  }

  @Override public List<URL> getJarFileUrls() {
    return List.of();
  }

  @Override public URL getPersistenceUnitRootUrl() {
    return root;
  }

  @Override public List<String> getManagedClassNames() {
    return CLASSES;
  }

  @Override public boolean excludeUnlistedClasses() {
    return true;
  }

  @Override public SharedCacheMode getSharedCacheMode() {
    return SharedCacheMode.NONE;
  }

  @Override public ValidationMode getValidationMode() {
    return ValidationMode.NONE;
  }

  @Override public Properties getProperties() {
    return new Properties();
  }

  @Override public String getPersistenceXMLSchemaVersion() {
    return "3.2";
  }

  @Override public ClassLoader getClassLoader() {
    return loader;
  }

  @Override public void addTransformer(ClassTransformer transformer) {
    // The entities are small and read eagerly: nothing to weave.
  }

  @Override public ClassLoader getNewTempClassLoader() {
    return null;
  }
}
