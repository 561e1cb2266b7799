package dev.wrenn.platform;

/**
 * Who asks. Made by {@link SignIn} anew for each request, from what the store says now.
 *
 * @param kind how the caller was recognised
 * @param actorId id of the user or the key
 * @param actorName for people
 * @param userId the user behind it
 * @param teamId the team that it acts for
 * @param role of the user in that team
 * @param admin whether the user is a platform admin
 */
public record Caller(Kind kind, String actorId, String actorName, String userId, String teamId, Role role, boolean admin) {
  public enum Kind { USER, API_KEY, OPERATOR }

  public enum Role { MEMBER, ADMIN, OWNER }
}
