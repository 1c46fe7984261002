package landfall.cli;

/** What a bad host does, being a good one otherwise. */
enum Misbehaviour {
  /** None: it only passes on what the good host says. */
  NONE,
  /**
   * The source's guest goes on, and answers its clients, for 30 ms after the migration completed.
   */
  RESUMES_SOURCE_FOR_30_MS,
  /** The same, for ever. */
  RESUMES_SOURCE_FOR_EVER,
  /** One page of the last round does not arrive. */
  DROPS_PAGE_OF_LAST_ROUND,
  /** One bit of a page of the last round arrives changed. */
  FLIPS_BIT_OF_LAST_ROUND,
  /** One bit of memory that the guest never wrote arrives set. */
  FLIPS_BIT_OF_FREE_MEMORY,
  /** The guest stands still for ever, 300 ms after it went on at the destination. */
  FREEZES_AFTER_300_MS,
  /** The same, 2 s after. */
  FREEZES_AFTER_2_S,
  /** A guest that the operator has paused goes on where it arrives. */
  RUNS_PAUSED_GUEST,
  /** The source says that the migration completed, and does nothing. */
  SOURCE_SAYS_COMPLETED,
  /** The destination says that the migration completed where it failed. */
  DESTINATION_SAYS_COMPLETED,
  /** The source takes the command to migrate, and does nothing. */
  ACCEPTS_AND_DOES_NOTHING,
  /** The source hangs once its guest is paused. */
  HANGS_BEFORE_COMPLETING,
  /** The destination hangs once the guest is there. */
  HANGS_AFTER_COMPLETING,
  /** The destination dies once the guest is there. */
  DIES_AFTER_COMPLETING,
  /** Both hosts send a flood of events. */
  FLOODS_WITH_EVENTS,
  /** Both hosts' guests print a flood of lines that nobody asked for. */
  FLOODS_SERIAL_LINE,
  /** Both hosts print more than anybody wants to keep. */
  FLOODS_OUTPUT,
  /** Lines that are no JSON, events of wrong types, and bytes that are no text, now and then. */
  PRINTS_GARBAGE,
  /** The source answers query-migrate with values of wrong types. */
  ANSWERS_WITH_WRONG_TYPES,
  /** The source ends at once. */
  DIES_AT_START,
  /** The control protocol answers 300 ms late. */
  ANSWERS_300_MS_LATE,
  /** The control protocol answers 5 s late. */
  ANSWERS_5_S_LATE,
  /** The guest's answers come 150 ms late. */
  CONSOLE_150_MS_LATE,
  /** The source answers each question with the answer to the one before. */
  ANSWERS_THE_PREVIOUS_QUESTION,
  /** Writes to one cell are acknowledged and not done. */
  LOSES_WRITES,
  /**
   * Writes to the disk are acknowledged at the destination, and its reads tell them, but they never
   * reach the image.
   */
  LOSES_DISK_WRITES,
  /** Neither control protocol nor serial line of the source is ever read after the start. */
  READS_NOTHING,
  /** The source's RAM cannot be saved as a whole. */
  SAVES_HALF_OF_ITS_MEMORY
}
