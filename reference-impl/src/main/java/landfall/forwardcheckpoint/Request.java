package landfall.forwardcheckpoint;

import landfall.precopy.PageSet;

/**
 * What one place asks another in the middle of a step. The step happens if the other answers, and
 * otherwise nothing has happened at either: in the module an exchange is one moment. Who is asked
 * answers by a step of its own, or, if it does not agree, not at all.
 */
public sealed interface Request extends landfall.protocol.Action {

  /** Put to the source, by the destination. */
  sealed interface ToSource extends Request {}

  /** Put to the destination, by the source. */
  sealed interface ToDestination extends Request {}

  /** Put to the store, by either host. */
  sealed interface ToStore extends Request {}

  /** Send this page as you have it. */
  record GivePage(int page) implements ToSource, ToStore {}

  /** Make these pages, as I have them, part of your checkpoint, and make this its position. */
  record CommitPages(int position, PageSet pages) implements ToSource, ToStore {}

  /** I have all pages: promise never to go on without me. */
  record PromiseNotToRecover() implements ToSource {}

  /** Have you promised it? */
  record ConfirmPromise() implements ToSource {}

  /**
   * Run the guest, whose pages you have yet to fetch.
   *
   * @param position steps that it has done
   */
  record RunGuest(int position) implements ToDestination {}

  /** Keep this page as I have it, in the place of an older copy. */
  record KeepPage(int page) implements ToStore {}

  /** Have you a copy of each of these pages? */
  record ConfirmCopies(PageSet pages) implements ToStore {}

  /**
   * The guest leaves me: what you have of it, with what I have, is its first checkpoint.
   *
   * @param position steps that it has done
   */
  record StartCheckpoints(int position) implements ToStore {}

  /** Send your last checkpoint, of whatever position it is. */
  record GiveImage() implements ToStore {}

  /** I go on without the other host, if it has not said the same before. */
  record TakeClaim(Claim by) implements ToStore {
    /** {@code IllegalArgumentException} if it is nobody's. */
    public TakeClaim {
      if (by == Claim.NONE) {
        throw new IllegalArgumentException("the claim is taken by a host");
      }
    }
  }

  /** Has this host said so? */
  record ConfirmClaim(Claim by) implements ToStore {}
}
