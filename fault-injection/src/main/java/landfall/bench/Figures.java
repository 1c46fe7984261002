package landfall.bench;

/**
 * What moving a guest, or copying as much, took.
 *
 * @param bytes sent, as the sender counts
 * @param millis by the clock, as the sender counts
 * @param processorMillis that both processes used meanwhile; other work on the machine makes the
 *     clock's figure worse, this one hardly
 */
record Figures(long bytes, double millis, double processorMillis) {
  double bytesPerSecond() {
    return bytes / (millis / 1e3);
  }

  /** Bytes for a second of processor time. */
  double bytesPerProcessorSecond() {
    return bytes / (processorMillis / 1e3);
  }
}
