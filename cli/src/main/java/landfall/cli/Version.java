package landfall.cli;

import picocli.CommandLine.IVersionProvider;

/** Version of the running build, from the manifest of its jar. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Main.class.getPackage().getImplementationVersion();
    return new String[] {"landfall " + (version == null ? "(unpacked build)" : version)};
  }
}
