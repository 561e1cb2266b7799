package dev.wrenn.rest.internal;

import dev.wrenn.platform.Caller;
import dev.wrenn.platform.PlatformException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

/** What the team used, day by day. */
@Path("/capsules/usage")
public final class UsageResource {
  private static final int USUAL_DAYS = 30;

  private final PlatformServices platform;
  private final Guard guard;

  UsageResource(PlatformServices platform, Guard guard) {
    this.platform = platform;
    this.guard = guard;
  }

  @GET
  public Response get(@Context HttpServletRequest request, @QueryParam("from") String from, @QueryParam("to") String to)
      throws PlatformException {
    Caller caller = guard.any(request);
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    LocalDate first = day("from", from, today.minusDays(USUAL_DAYS - 1));
    LocalDate last = day("to", to, today);
    if (first.isAfter(last)) {
      throw invalid("from must not be after to");
    }
    return Reply.json(200, MetricViews.Usage.of(first, last, platform.metrics().usage(caller, first, last)));
  }

  private static LocalDate day(String name, String text, LocalDate usual) throws PlatformException {
    if (Commands.blank(text)) {
      return usual;
    }
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException e) {
      throw new PlatformException(PlatformException.Code.INVALID_REQUEST, name + " must be a day in the form YYYY-MM-DD", e);
    }
  }

  private static PlatformException invalid(String message) {
    return new PlatformException(PlatformException.Code.INVALID_REQUEST, message);
  }
}
