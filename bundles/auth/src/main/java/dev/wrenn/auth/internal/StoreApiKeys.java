package dev.wrenn.auth.internal;

import dev.wrenn.persistence.ApiKeyRecord;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.UserRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.ApiKeyService;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** API keys; of a secret only the hash and the first ten characters are kept. */
@Component(service = ApiKeyService.class)
public final class StoreApiKeys implements ApiKeyService {
  private static final String UNNAMED = "Unnamed API Key";
  private static final int NAME_LENGTH = 100;
  private final Accounts accounts;

  @Activate
  public StoreApiKeys(@Reference Accounts accounts) {
    this.accounts = accounts;
  }

  @Override
  public NewApiKey create(Caller caller, Optional<String> name) throws PlatformException {
    String given = name.map(String::strip).filter(n -> !n.isEmpty()).orElse(UNNAMED);
    if (given.length() > NAME_LENGTH) {
      throw new PlatformException(Code.INVALID_REQUEST, "name has " + given.length() + " characters; " + NAME_LENGTH + " are the most.");
    }
    String secret = "wrn_" + Secrets.hex(accounts.random(), 16);
    ApiKeyRecord row = new ApiKeyRecord(UUID.randomUUID(), team(caller), given, Secrets.sha256(secret), secret.substring(0, 10),
        WireId.USER.parse(caller.userId()), Instant.now().truncatedTo(ChronoUnit.MICROS), Optional.empty());
    accounts.call(s -> {
      try {
        s.apiKeys().insert(row);
      } catch (StoreException e) {
        // The call is repeated when the database was lost under it, and the first try may have been done.
        if (e.code() != StoreException.Code.DUPLICATE) {
          throw e;
        }
      }
      return null;
    });
    return new NewApiKey(key(row, Optional.empty()), secret);
  }

  @Override
  public List<ApiKey> list(Caller caller) throws PlatformException {
    UUID team = team(caller);
    List<ApiKeyRecord> rows = accounts.call(s -> s.apiKeys().ofTeam(team));
    Map<UUID, Optional<UserRecord>> creators = new HashMap<>();
    List<ApiKey> keys = new ArrayList<>();
    for (ApiKeyRecord row : rows) {
      Optional<String> email = Optional.empty();
      if (row.createdBy().isPresent()) {
        UUID id = row.createdBy().get();
        if (!creators.containsKey(id)) {
          creators.put(id, accounts.call(s -> s.users().find(id)));
        }
        email = creators.get(id).map(UserRecord::email);
      }
      keys.add(key(row, email));
    }
    return keys;
  }

  @Override
  public void revoke(Caller caller, String id) throws PlatformException {
    UUID key = WireId.API_KEY.parse(id).orElseThrow(
        () -> new PlatformException(Code.INVALID_REQUEST, "'" + id + "' is no id of an API key: one is key- and 25 letters and digits."));
    UUID team = team(caller);
    accounts.change(s -> s.apiKeys().delete(team, key));
  }

  private static UUID team(Caller caller) {
    return WireId.TEAM.parse(caller.teamId()).orElseThrow(() -> new IllegalArgumentException("caller with team '" + caller.teamId() + "'"));
  }

  private static ApiKey key(ApiKeyRecord row, Optional<String> email) {
    return new ApiKey(WireId.API_KEY.format(row.id()), WireId.TEAM.format(row.team()), row.name(), row.prefix(),
        WireId.USER.format(row.createdBy().orElse(new UUID(0, 0))), email, row.createdAt(), row.lastUsed());
  }
}
