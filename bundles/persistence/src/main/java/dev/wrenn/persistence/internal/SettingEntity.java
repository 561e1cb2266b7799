package dev.wrenn.persistence.internal;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

@Entity(name = "Setting")
@Table(name = "settings")
public class SettingEntity {
  @Id private String name;
  private String content;
  @Column(name = "updated_at") private Instant updatedAt;

  protected SettingEntity() {}

  SettingEntity(String name, String content, Instant updatedAt) {
    this.name = name;
    this.content = content;
    this.updatedAt = updatedAt;
  }

  String content() {
    return content;
  }
}
