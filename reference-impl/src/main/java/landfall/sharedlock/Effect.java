package landfall.sharedlock;

/** What a host must do because of a step, in the order given. */
public sealed interface Effect {

  /**
   * Something that storage is asked for. The step is taken when it is granted, as one with it. If
   * it is refused there was no step, and the host may ask again. That no answer comes is not in
   * here.
   */
  sealed interface Request extends Effect {}

  /** Have this of the lock from now on. Storage grants it or refuses it. */
  record SetLock(Lock mode) implements Request {}

  /** Write who owns the guest. Storage asks for no lock: that one has it, only the host knows. */
  record WriteRecord(Owner owner) implements Request {}

  /** Send the image to the destination. */
  record SendImage() implements Effect {}

  /** Tell the source that the image is here. */
  record SendReady() implements Effect {}

  /** Close the connection: what it carries is read no more. */
  record CloseConnection() implements Effect {}

  /** Let the guest run from the image that is here. */
  record StartGuest() implements Effect {}

  /** Stop the guest. */
  record StopGuest() implements Effect {}
}
