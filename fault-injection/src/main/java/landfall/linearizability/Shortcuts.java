package landfall.linearizability;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Ways to decide in n log n what need not be searched. */
final class Shortcuts {

  /**
   * What was decided.
   *
   * @param clash what the calls contradict; nothing if they are linearizable
   */
  record Decision(Optional<Clash> clash) {
    Search.Result result() {
      return clash.isPresent() ? Search.Result.NOT_LINEARIZABLE : Search.Result.LINEARIZABLE;
    }
  }

  private Shortcuts() {}

  /**
   * Decides, if there is a way.
   *
   * @param calls without optional calls that nobody saw
   */
  static Optional<Decision> decide(Model model, List<Call> calls) {
    return switch (model.kind()) {
      case REGISTER, CAS_REGISTER ->
          Zones.over(calls, model.initial()).map(zones -> new Decision(zones.clash()));
      case SET, APPEND -> Layers.over(calls, model).map(layers -> new Decision(layers.clash()));
      case MUTEX -> Optional.of(new Decision(LockTurns.clash(calls)));
      case QUEUE -> QueueOrder.over(calls, model).flatMap(order -> decide(order, calls));
      case MULTI_REGISTER -> decideRegister(model, calls);
    };
  }

  private static Optional<Decision> decide(QueueOrder order, List<Call> calls) {
    Optional<Clash> clash = order.clash();
    // An unanswered dequeue may have taken what then is missing, so it must be searched for.
    boolean certain =
        clash.isEmpty()
            || calls.stream().noneMatch(c -> c.kind() == Call.Kind.DEQUEUE && c.optional());
    return certain ? Optional.of(new Decision(clash)) : Optional.empty();
  }

  /** One register that each call reads or writes once is a register. */
  private static Optional<Decision> decideRegister(Model model, List<Call> calls) {
    Object register = null;
    var plain = new ArrayList<Call>(calls.size());
    Map<Call, Call> originals = new HashMap<>();
    for (Call call : calls) {
      List<Txn.Access> accesses = ((Txn) call.observed()).accesses();
      if (accesses.size() != 1) {
        return Optional.empty();
      }
      Txn.Access access = accesses.get(0);
      register = plain.isEmpty() ? access.register() : register;
      if (!Objects.equals(register, access.register())) {
        return Optional.empty();
      }
      var converted =
          new Call(
              call.operation(),
              access.write() ? Call.Kind.WRITE : Call.Kind.READ,
              access.write() ? null : access.value(),
              access.write() ? access.value() : null,
              call.invokedAt(),
              call.completedAt());
      plain.add(converted);
      originals.put(converted, call);
    }
    Object initial = ((Map<?, ?>) model.initial()).get(register);
    return Zones.over(plain, initial)
        .map(Zones::clash)
        .map(
            clash ->
                new Decision(
                    clash.map(
                        found ->
                            new Clash(
                                found.why(),
                                found.calls().stream().map(originals::get).toList()))));
  }
}
