package landfall.forwardcheckpoint;

import java.util.Optional;
import landfall.precopy.PageSet;

/**
 * The third place, {@code ForwardCheckpoint!claim} and its part of {@code memory}. It only answers:
 *
 * <ul>
 *   <li>without a change: GivePage and ConfirmCopies of what it has, ConfirmClaim of who has it
 *   <li>KeepPage: one copy more, or a newer one
 *   <li>TakeClaim: it is nobody else's from then on. Who has it is told so again: an answer can be
 *       lost
 * </ul>
 *
 * @param copies pages of which it has a copy
 * @param claim who goes on without the other host
 */
public record Store(PageSet copies, Claim claim) {

  /** A store that has nothing of the guest yet. */
  public static Store initial() {
    return new Store(PageSet.empty(), Claim.NONE);
  }

  /** The step taken to answer, or nothing if the answer is no. */
  public Optional<Step<Store>> answer(Request.ToStore request) {
    if (request instanceof Request.KeepPage keep) {
      var more = new Store(copies.union(PageSet.of(keep.page())), claim);
      return Optional.of(Step.to(more, new Effect.StorePage(keep.page())));
    }
    if (request instanceof Request.GivePage give) {
      return copies.contains(give.page())
          ? Optional.of(Step.to(this, new Effect.SendPage(give.page())))
          : Optional.empty();
    }
    if (request instanceof Request.ConfirmCopies confirm) {
      return unchangedIf(confirm.pages().without(copies).isEmpty());
    }
    if (request instanceof Request.TakeClaim take) {
      return claim == Claim.NONE || claim == take.by()
          ? Optional.of(Step.to(new Store(copies, take.by())))
          : Optional.empty();
    }
    return unchangedIf(request instanceof Request.ConfirmClaim confirm && confirm.by() == claim);
  }

  private Optional<Step<Store>> unchangedIf(boolean agreed) {
    return agreed ? Optional.of(Step.to(this)) : Optional.empty();
  }
}
