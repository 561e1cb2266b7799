package dev.wrenn.persistence.internal;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** Something that recurs, and when it was done last. */
@Entity(name = "Duty")
@Table(name = "duties")
public class DutyEntity {
  @Id private String name;
  @Column(name = "done_at") private long doneAt;

  protected DutyEntity() {}

  DutyEntity(String name, long doneAt) {
    this.name = name;
    this.doneAt = doneAt;
  }

  long doneAt() {
    return doneAt;
  }

  void doneAt(long at) {
    doneAt = at;
  }
}
