package landfall.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import landfall.evidence.ImplementationVersion;
import landfall.implementation.HostPlace;
import landfall.implementation.Implementation;

/**
 * The reference engine for a bench: patient on a busy machine, and with credentials if there are
 * some; where it waits for a guest is said later then.
 */
record BenchImplementation(Implementation plain, Optional<Path> keys) implements Implementation {
  @Override
  public List<String> command(HostPlace place, Path kernel) {
    List<String> command = plain.command(place, kernel);
    int incoming = command.indexOf("--incoming");
    if (incoming >= 0 && keys.isPresent()) {
      command.set(incoming + 1, "defer");
    }
    int deadline = command.indexOf("--deadline-millis");
    if (deadline >= 0) {
      command.set(deadline + 1, "30000"); // On a busy machine a handshake may take that of a trial.
    }
    if (keys.isPresent()) {
      for (String endpoint : List.of("client", "server")) {
        command.add("--object");
        command.add(
            "tls-creds-x509,id=%1$s,dir=%2$s,endpoint=%1$s".formatted(endpoint, keys.get()));
      }
    }
    return command;
  }

  /** Before it can be controlled it moves hundreds of guests to itself, each with a handshake. */
  @Override
  public Duration startLimit() {
    return Duration.ofMinutes(3);
  }

  @Override
  public String name() {
    return plain.name();
  }

  @Override
  public ImplementationVersion version() throws IOException {
    return plain.version();
  }

  @Override
  public String guest() {
    return plain.guest();
  }

  @Override
  public long ramAddress() {
    return plain.ramAddress();
  }

  @Override
  public long ramBytes() {
    return plain.ramBytes();
  }

  @Override
  public boolean takesCheckpoints() {
    return plain.takesCheckpoints();
  }

  @Override
  public boolean traces() {
    return plain.traces();
  }

  @Override
  public boolean destinationSurvivesFailure() {
    return plain.destinationSurvivesFailure();
  }
}
