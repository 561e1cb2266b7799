package dev.wrenn.persistence;

import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.osgi.annotation.versioning.ProviderType;

/** Users; deleted ones are not found. */
@ProviderType
public interface Users {
  Optional<UserRecord> find(UUID id);

  /** @param email as it is stored: trimmed, lower case */
  Optional<UserRecord> findByEmail(String email);

  /** The active platform admin who is here longest. */
  Optional<UserRecord> firstAdmin();

  /** Whether there is any user, deleted or not. */
  boolean any();

  /** A user with a team of their own, all or nothing. @throws StoreException {@code DUPLICATE} e-mail, id or slug */
  void insert(UserRecord user, TeamRecord team, MembershipRecord membership);

  /**
   * Changes a user by a function of what the store says now; it may be called again when others change the user at the same time.
   *
   * @return as it is now; empty for an unknown one
   */
  Optional<UserRecord> change(UUID id, UnaryOperator<UserRecord> change);
}
