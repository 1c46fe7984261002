package landfall.explorer;

/** A message on a connection, as in the modules {@code Handover} and {@code PreCopy}. */
sealed interface Message {

  /** Its {@code type} in the specification. */
  default String type() {
    return getClass().getSimpleName();
  }

  record Hello() implements Message {}

  /** Content of a page; its version is the number of the guest's step that wrote it. */
  record Page(int page, int version) implements Message {}

  record DeviceState(int position) implements Message {}

  record Handover() implements Message {}

  record Ready() implements Message {}

  record Resumed() implements Message {}
}
