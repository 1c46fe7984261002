package landfall.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import landfall.host.HostAddress;
import landfall.host.LeaseGrantor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code landfall grantor}: lends the guest to one host at a time. */
@Command(
    name = "grantor",
    description = {
      "Lends the guest to one host at a time, for a term.",
      "It keeps nothing on disk: whenever it starts, it lends the guest to nobody for a term and the"
          + " drift, since it may have lent it before."
    },
    mixinStandardHelpOptions = true)
final class GrantorCommand implements Callable<Integer> {
  @Option(
      names = "--listen",
      required = true,
      paramLabel = "ADDRESS",
      description = "Where hosts ask: unix:PATH or tcp:HOST:PORT. Port 0 is any that is free.")
  private String listen;

  @Option(
      names = "--term-millis",
      defaultValue = "1000",
      paramLabel = "N",
      description = "For how long the guest is lent (default: ${DEFAULT-VALUE}).")
  private int termMillis;

  @Option(
      names = "--drift-millis",
      defaultValue = "100",
      paramLabel = "N",
      description =
          "By how much two clocks may come apart within a term, and how long output may take to"
              + " leave after the look at the clock (default: ${DEFAULT-VALUE}).")
  private int driftMillis;

  @Option(
      names = "--insecure",
      description = "Listen for other machines, too. Whoever reaches the grantor can be any host.")
  private boolean insecure;

  @Override
  public Integer call() throws IOException {
    HostAddress address = HostAddress.parse(listen);
    if (!insecure && !address.isLocal()) {
      throw new IllegalArgumentException(
          "--listen "
              + listen
              + ": without --insecure a loopback address or unix:PATH is accepted, because anybody"
              + " who reaches it can be any host");
    }
    LeaseGrantor grantor = LeaseGrantor.start(address, termMillis, driftMillis);
    System.err.println("landfall grantor: ready");
    grantor.await();
    return 0;
  }
}
