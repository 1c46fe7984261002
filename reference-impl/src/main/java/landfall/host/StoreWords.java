package landfall.host;

import java.util.Locale;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Request;
import landfall.precopy.PageSet;
import landfall.wire.PageList;
import landfall.wire.StoreRequest;
import landfall.wire.StoreRequest.Kind;

/** Requests of the core into those on the wire, and back. */
final class StoreWords {
  private StoreWords() {}

  /**
   * A request for the wire.
   *
   * @param version of the state
   * @param state what goes with KeepPage, StartCheckpoints and CommitPages
   */
  static StoreRequest toWire(int number, Request.ToStore request, int version, byte[] state) {
    if (request instanceof Request.KeepPage keep) {
      var pages = new PageList(new long[0]);
      return new StoreRequest(number, Kind.KEEP_PAGE, keep.page(), version, pages, state);
    }
    if (request instanceof Request.GivePage give) {
      return StoreRequest.of(number, Kind.GIVE_PAGE, give.page());
    }
    if (request instanceof Request.ConfirmCopies confirm) {
      var pages = new PageList(confirm.pages().toWords());
      return new StoreRequest(number, Kind.CONFIRM_COPIES, 0, 0, pages, new byte[0]);
    }
    if (request instanceof Request.StartCheckpoints start) {
      var pages = new PageList(new long[0]);
      return new StoreRequest(
          number, Kind.START_CHECKPOINTS, start.position(), version, pages, state);
    }
    if (request instanceof Request.CommitPages commit) {
      var pages = new PageList(commit.pages().toWords());
      return new StoreRequest(number, Kind.COMMIT_PAGES, commit.position(), version, pages, state);
    }
    if (request instanceof Request.GiveImage) {
      return StoreRequest.of(number, Kind.GIVE_IMAGE, 0);
    }
    if (request instanceof Request.TakeClaim take) {
      return StoreRequest.of(number, Kind.TAKE_CLAIM, take.by().ordinal());
    }
    if (request instanceof Request.ConfirmClaim confirm) {
      return StoreRequest.of(number, Kind.CONFIRM_CLAIM, confirm.by().ordinal());
    }
    throw new IllegalArgumentException("a store is not asked " + request);
  }

  /** The core's request; {@code IllegalArgumentException} if it is none of the core's. */
  static Request.ToStore ofWire(StoreRequest request) {
    return switch (request.kind()) {
      case KEEP_PAGE -> new Request.KeepPage(request.argument());
      case GIVE_PAGE -> new Request.GivePage(request.argument());
      case CONFIRM_COPIES -> new Request.ConfirmCopies(set(request));
      case START_CHECKPOINTS -> new Request.StartCheckpoints(request.argument());
      case COMMIT_PAGES -> new Request.CommitPages(request.argument(), set(request));
      case GIVE_IMAGE -> new Request.GiveImage();
      case TAKE_CLAIM -> new Request.TakeClaim(claim(request.argument()));
      case CONFIRM_CLAIM -> new Request.ConfirmClaim(claim(request.argument()));
      case RELEASE -> throw new IllegalArgumentException("a store is released by its shell");
    };
  }

  private static PageSet set(StoreRequest request) {
    return PageSet.ofWords(request.pages().words());
  }

  /** The claim by its number on the wire. */
  static Claim claim(int number) {
    return Claim.values()[number];
  }

  /** Its number on the wire. */
  static int number(Claim claim) {
    return claim.ordinal();
  }

  /** For a sentence. */
  static String text(Claim claim) {
    return claim == Claim.NONE ? "nobody" : "the " + claim.name().toLowerCase(Locale.ROOT);
  }
}
