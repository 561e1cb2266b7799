package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.PlatformException;

/** What may be asked of a new sandbox. Fields that are not known are passed over; those that are known and can't be kept are refused. */
final class Offer {
  private Offer() {}

  static void check(Requests.NewSandbox request) throws PlatformException, NotOffered {
    boolean fits = Boolean.TRUE.equals(request.autoPause()) && !wakes(request);
    if (Boolean.FALSE.equals(request.autoPauseMemory()) && !fits) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "autoPauseMemory: false needs autoPause and does not go with autoResume");
    }
    refuse(Boolean.FALSE.equals(request.autoPauseMemory()), "autoPauseMemory: false (a pause keeps memory, too)");
    refuse(there(request.volumeMounts()), "volumeMounts");
    refuse(there(request.iam()), "iam");
  }

  /** Whether the next use of it while it is paused resumes it. */
  static boolean wakes(Requests.NewSandbox request) {
    return request.autoResume() != null && request.autoResume().path("enabled").asBoolean();
  }

  private static void refuse(boolean there, String what) throws NotOffered {
    if (there) {
      throw new NotOffered(what + " is not offered by this platform yet; create the sandbox without it");
    }
  }

  private static boolean there(JsonNode value) {
    return value != null && !value.isNull() && !(value.isContainerNode() && value.isEmpty());
  }
}
