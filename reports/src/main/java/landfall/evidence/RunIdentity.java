package landfall.evidence;

/**
 * What makes two invocations the same run, so that an interrupted one may be taken up again.
 *
 * @param command the subcommand with what decides its work, such as {@code verify --profile quick}
 * @param implementation what is tested
 * @param seed the run's seed
 */
public record RunIdentity(String command, ImplementationVersion implementation, long seed) {
  public RunIdentity {
    Require.text("command of the run", command);
    Require.present("implementation of the run", implementation);
  }

  @Override
  public String toString() {
    return command
        + " on "
        + implementation.name()
        + " "
        + implementation.version()
        + ", seed "
        + seed;
  }
}
