package landfall.forwardcheckpoint;

import java.util.Optional;
import landfall.precopy.PageSet;
import landfall.protocol.Step;

/**
 * The third place, {@code ForwardCheckpoint!claim} and its part of {@code memory}; {@code stored},
 * too, if checkpoints go there. It only answers:
 *
 * <ul>
 *   <li>without a change: GivePage and ConfirmCopies of what it has, GiveImage, ConfirmClaim of who
 *       has it
 *   <li>KeepPage: one copy more, or a newer one
 *   <li>StartCheckpoints, CommitPages of a later position: while nobody has the claim
 *   <li>TakeClaim: it is nobody else's from then on. Who has it is told so again: an answer can be
 *       lost
 * </ul>
 *
 * @param copies pages of which it has a copy
 * @param stored position of the last checkpoint that is here; 0 before the switchover, and where
 *     checkpoints go to the source
 * @param claim who goes on without the other host
 */
public record Store(PageSet copies, int stored, Claim claim) {

  /** A store that has nothing of the guest yet. */
  public static Store initial() {
    return new Store(PageSet.empty(), 0, Claim.NONE);
  }

  /** The step taken to answer, or nothing if the answer is no. */
  public Optional<Step<Store, Effect>> answer(Request.ToStore request, Protocol protocol) {
    if (request instanceof Request.KeepPage keep) {
      var more = new Store(copies.with(keep.page()), stored, claim);
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
          ? Optional.of(Step.to(new Store(copies, stored, take.by())))
          : Optional.empty();
    }
    if (request instanceof Request.ConfirmClaim confirm) {
      return unchangedIf(confirm.by() == claim);
    }
    return onCheckpoints(request, protocol);
  }

  // The claim seals the store: who has it may have gone on from the last checkpoint already, and
  // the destination releases output because of a later one.
  private Optional<Step<Store, Effect>> onCheckpoints(Request.ToStore request, Protocol protocol) {
    boolean open = claim == Claim.NONE || protocol.has(Mutant.NOT_SEALED);
    if (request instanceof Request.StartCheckpoints start && open) {
      return Optional.of(Step.to(new Store(copies, start.position(), claim)));
    }
    if (request instanceof Request.CommitPages commit && open && commit.position() > stored) {
      return Optional.of(
          Step.to(
              new Store(copies.union(commit.pages()), commit.position(), claim),
              new Effect.CommitImage(commit.pages())));
    }
    return request instanceof Request.GiveImage
        ? Optional.of(Step.to(this, new Effect.SendImage(stored, copies)))
        : Optional.empty();
  }

  private Optional<Step<Store, Effect>> unchangedIf(boolean agreed) {
    return agreed ? Optional.of(Step.to(this)) : Optional.empty();
  }
}
