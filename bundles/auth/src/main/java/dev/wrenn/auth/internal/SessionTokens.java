package dev.wrenn.auth.internal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.wrenn.persistence.UserRecord;
import dev.wrenn.persistence.WireId;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.UUID;

/** Session tokens: JWT with HMAC-SHA-256. A token says who and for which team; what they may do is asked of the store. Thread-safe. */
final class SessionTokens {
  private static final int MAX_LENGTH = 8192;
  private final byte[] key;
  private final Duration life;
  private final Clock clock;

  /** What a token proves. */
  record Claims(UUID user, UUID team, long epoch) {}

  SessionTokens(String key, Duration life, Clock clock) {
    if (key.getBytes(StandardCharsets.UTF_8).length < 32) {
      throw new IllegalArgumentException("JWT_SECRET has fewer than 32 characters; use a longer one, or unset it to have one made");
    }
    this.key = key.getBytes(StandardCharsets.UTF_8);
    this.life = life;
    this.clock = clock;
  }

  String make(UserRecord user, UUID team, String role) {
    Instant now = clock.instant();
    JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder().subject(WireId.USER.format(user.id())).claim("team_id", WireId.TEAM.format(team))
        .claim("role", role).claim("email", user.email()).claim("name", user.name()).claim("epoch", user.tokenEpoch())
        .issueTime(Date.from(now)).expirationTime(Date.from(now.plus(life)));
    if (user.admin()) {
      claims.claim("is_admin", true);
    }
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
    try {
      token.sign(new MACSigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("HMAC-SHA-256 failed", e);
    }
    return token.serialize();
  }

  /** Empty for anything that this installation has not made, or that has expired. */
  Optional<Claims> read(String text) {
    if (text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    try {
      SignedJWT token = SignedJWT.parse(text);
      // The header's own choice of algorithm is never followed.
      if (!JWSAlgorithm.HS256.equals(token.getHeader().getAlgorithm()) || !token.verify(new MACVerifier(key))) {
        return Optional.empty();
      }
      JWTClaimsSet claims = token.getJWTClaimsSet();
      Date end = claims.getExpirationTime();
      if (end == null || !clock.instant().isBefore(end.toInstant()) || claims.getClaim("typ") != null) {
        return Optional.empty();
      }
      Optional<UUID> user = WireId.USER.parse(claims.getSubject());
      Optional<UUID> team = WireId.TEAM.parse(claims.getStringClaim("team_id"));
      Long epoch = claims.getLongClaim("epoch");
      return user.isPresent() && team.isPresent() && epoch != null
          ? Optional.of(new Claims(user.get(), team.get(), epoch)) : Optional.empty();
    } catch (ParseException | JOSEException notOurs) {
      return Optional.empty();
    }
  }
}
