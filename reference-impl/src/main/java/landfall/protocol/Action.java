package landfall.protocol;

/** What can happen to a host. A record carries what the host saw when it happened. */
public interface Action {

  /** Name of the action in the specification and in traces. */
  default String name() {
    return getClass().getSimpleName();
  }
}
