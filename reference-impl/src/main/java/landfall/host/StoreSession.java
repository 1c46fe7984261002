package landfall.host;

import java.util.UUID;
import landfall.forwardcheckpoint.Place;

/**
 * On whose behalf a host speaks to a store: both hosts of an attempt say the same, but for who they
 * are.
 *
 * @param guest which guest it is, as in Hello
 * @param attempt number of the attempt; of one guest a later attempt has a higher number
 * @param pages of the guest's RAM; the state may count as one more
 * @param keeper where its checkpoints go
 * @param role whether this host is the source or the destination of the attempt
 * @param host name of this host
 */
record StoreSession(UUID guest, int attempt, int pages, Place keeper, Place role, String host) {

  StoreSession {
    if (role == Place.STORE) {
      throw new IllegalArgumentException("a store is asked by a source or a destination");
    }
    if (keeper == Place.DESTINATION) {
      throw new IllegalArgumentException("checkpoints go to the source or to the store");
    }
  }
}
