package landfall.host;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.transport.Link;
import landfall.transport.LinkHandler;
import landfall.transport.SelectorLoop;
import landfall.transport.SocketLink;
import landfall.transport.StripedLink;
import landfall.transport.TlsCredentials;
import landfall.wire.FrameException;
import landfall.wire.Token;

/** With whom this host exchanges guests, and over which connections. */
final class Network {
  private record Named(TlsCredentials credentials, boolean server) {}

  private final Map<String, Named> objects = new HashMap<>();
  private final Settings settings;
  private final String self;
  private final int deadlineMillis;
  private final boolean insecure;

  /** Of this process, which has both ends; nothing for connections that leave it. */
  private Optional<TlsCredentials> own = Optional.empty();

  Network(HostOptions options, Settings settings) throws IOException {
    this.settings = settings;
    self = options.name();
    deadlineMillis = options.deadlineMillis();
    insecure = options.insecure();
    for (TlsObject each : options.objects()) {
      var named = new Named(TlsCredentials.read(each.folder(), each.server()), each.server());
      if (objects.put(each.id(), named) != null) {
        throw new IllegalArgumentException("two objects have the id " + each.id());
      }
      settings.credentials.add(each.id());
      named.credentials().warmUp();
    }
  }

  /**
   * Of hosts that are both in this process.
   *
   * @param own of connections that do not leave it; nothing for no TLS
   */
  static Network within(HostOptions options, Settings settings, Optional<TlsCredentials> own)
      throws IOException {
    var network = new Network(options, settings);
    network.own = own;
    return network;
  }

  /**
   * What connections there are encrypted with; nothing on ways that no other machine sees.
   *
   * @param server whether this host waits for them
   * @throws Side.RefusedException if others might see them, or the parameters do not fit
   */
  Optional<TlsCredentials> credentials(HostAddress address, boolean server)
      throws Side.RefusedException {
    if (own.isPresent()) {
      return own;
    }
    String id = settings.tlsCredentials;
    if (id.isEmpty()) {
      if (insecure || address.isLocal()) {
        return Optional.empty();
      }
      throw new Side.RefusedException(
          address.text()
              + " is not on this machine: set the parameter 'tls-creds', or start the host with"
              + " --insecure, and whoever reaches the other end takes guests and puts them there");
    }
    Named found = objects.get(id);
    if (found.server() != server) {
      throw new Side.RefusedException(
          "credentials '%s' are those of a %s, needed are those of a %s"
              .formatted(id, endpoint(found.server()), endpoint(server)));
    }
    if (!server && peer(address).isEmpty()) {
      throw new Side.RefusedException(
          "TLS over "
              + address.text()
              + " needs the parameter 'tls-hostname': the name in the certificate");
    }
    return Optional.of(found.credentials());
  }

  private static String endpoint(boolean server) {
    return server ? "server" : "client";
  }

  private String peer(HostAddress address) {
    return !settings.tlsHostName.isEmpty() || !(address.socket() instanceof InetSocketAddress there)
        ? settings.tlsHostName
        : there.getHostString();
  }

  /**
   * Begins to connect over as many channels as the operator wants.
   *
   * @param postCopy whether there may be urgent pages
   * @param token binds the channels together
   */
  Link connect(
      SelectorLoop loop, HostAddress address, LinkHandler handler, boolean postCopy, Token token)
      throws IOException {
    int channels = settings.channels();
    boolean urgent = postCopy && settings.preempt;
    return channels == 1 && !urgent
        ? connect(loop, address, handler)
        : StripedLink.connect(
            loop, ofChannel -> connect(loop, address, ofChannel), handler, channels, urgent, token);
  }

  /**
   * The operator of each side says over how many channels guests go.
   *
   * @param postCopy whether there may be urgent pages
   * @throws FrameException if they do not say the same
   */
  void requireChannels(Link link, boolean postCopy) throws FrameException {
    boolean urgent = postCopy && settings.preempt;
    if (link.hasUrgent() != urgent) {
      throw new FrameException(
          "the source has "
              + (urgent ? "no" : "a")
              + " connection for urgent pages: the capability 'postcopy-preempt' must be the same"
              + " at both hosts");
    }
    int here = settings.channels();
    if (link.channels() != here) {
      throw new FrameException(
          "channels of the source: "
              + link.channels()
              + ", of this host: "
              + here
              + "; the capability 'multifd' and the parameter 'multifd-channels' must be the same"
              + " at both");
    }
  }

  /** Begins to connect; see {@link SocketLink#connect}. */
  SocketLink connect(SelectorLoop loop, HostAddress address, LinkHandler handler)
      throws IOException {
    Optional<TlsCredentials> credentials;
    try {
      credentials = credentials(address, false);
    } catch (Side.RefusedException changedMeanwhile) {
      throw new IOException(changedMeanwhile.getMessage(), changedMeanwhile);
    }
    return credentials.isEmpty()
        ? SocketLink.connect(loop, address.socket(), handler, deadlineMillis)
        : SocketLink.connect(
            loop, address.socket(), handler, deadlineMillis, credentials.get(), peer(address));
  }

  /**
   * A host may call itself only what its certificate says, if it has shown one, since the lock is
   * offered to a name; and what nobody else is called.
   *
   * @throws FrameException if it is somebody else
   */
  void requireName(Link link, String claimed) throws FrameException {
    if (claimed.equals(self)) {
      throw new FrameException("both hosts are called " + self + ": each needs a name of its own");
    }
    if (own.isEmpty()
        && link.provenNames().isPresent()
        && !link.provenNames().get().contains(claimed)) {
      throw new FrameException(
          "a host that calls itself %s has shown a certificate for %s"
              .formatted(claimed, List.copyOf(link.provenNames().get())));
    }
  }
}
