package landfall.forwardcheckpoint;

/** Who goes on without the other, as the store has it. */
public enum Claim {
  /** Nobody has asked to. */
  NONE,
  /** The source took the guest back. */
  SOURCE,
  /** The destination needs the source no more. */
  DESTINATION
}
