package dev.wrenn.e2b.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.platform.PlatformException;

/** What may be asked of a new sandbox. Fields that are not known are passed over; those that are known and can't be kept are refused. */
final class Offer {
  private Offer() {}

  static void check(Requests.NewSandbox request) throws PlatformException, NotOffered {
    boolean autoPause = Boolean.TRUE.equals(request.autoPause());
    boolean autoResume = request.autoResume() != null && request.autoResume().path("enabled").asBoolean();
    if (Boolean.FALSE.equals(request.autoPauseMemory()) && (!autoPause || autoResume)) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, "autoPauseMemory: false needs autoPause and does not go with autoResume");
    }
    refuse(autoPause, "autoPause (a sandbox whose time is over is ended)");
    refuse(autoResume, "autoResume");
    refuse(there(request.volumeMounts()), "volumeMounts");
    refuse(there(request.iam()), "iam");
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
