package landfall.campaign.planted;

import java.util.Optional;
import landfall.nemesis.FaultKind;

/** Decides by the kind of a fault instead of what the kind says of itself; each must be caught. */
public final class NamesAFault {
  private NamesAFault() {}

  /** Names one. */
  static final class Compares {
    boolean isReset(FaultKind kind) {
      return kind == FaultKind.RESET;
    }
  }

  /** Names some, and would have to name a new one. */
  static final class Switches {
    boolean endsHost(FaultKind kind) {
      return switch (kind) {
        case KILL_SOURCE, KILL_DESTINATION -> true;
        default -> false;
      };
    }
  }

  /** Names one by its constant. */
  static final class Looks {
    FaultKind found() {
      return FaultKind.valueOf("CUT_BACK");
    }
  }

  /** Names one by its word. */
  static final class Quotes {
    Optional<FaultKind> found() {
      return FaultKind.of("half-open");
    }
  }
}
