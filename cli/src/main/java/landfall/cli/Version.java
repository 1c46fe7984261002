package landfall.cli;

import picocli.CommandLine.IVersionProvider;

/** Version of the running build, from the manifest of its jar. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"landfall " + number()};
  }

  static String number() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "(unpacked build)" : version;
  }
}
