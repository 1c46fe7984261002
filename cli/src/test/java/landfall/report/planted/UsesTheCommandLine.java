package landfall.report.planted;

import landfall.cli.Main;

/** A report that depends on the command line; must be caught. */
public final class UsesTheCommandLine {
  Main main;
}
