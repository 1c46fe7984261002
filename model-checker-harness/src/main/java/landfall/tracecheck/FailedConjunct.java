package landfall.tracecheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tla2sany.semantic.ExprOrOpArgNode;
import tla2sany.semantic.FormalParamNode;
import tla2sany.semantic.LetInNode;
import tla2sany.semantic.LevelConstants;
import tla2sany.semantic.LevelNode;
import tla2sany.semantic.OpApplNode;
import tla2sany.semantic.OpDefNode;
import tla2sany.semantic.SemanticNode;
import tla2sany.semantic.Subst;
import tla2sany.semantic.SubstInNode;
import tla2sany.st.Location;
import tlc2.tool.BuiltInOPs;
import tlc2.tool.TLCState;
import tlc2.tool.TLCStateFun;
import tlc2.tool.ToolGlobals;
import tlc2.tool.impl.Tool;
import tlc2.util.Context;
import tlc2.value.impl.BoolValue;
import tlc2.value.impl.LazyValue;
import util.ToolIO;

/**
 * Why a step is not possible: the first of its conjuncts that does not hold, in the order in which
 * they stand. Definitions are followed, so it is named as far down as conjunctions go. Works inside
 * of TLC's JVM.
 */
final class FailedConjunct {
  private static final int TEXT_MAX = 200;

  /** A conjunct, where it stands, and what the names in it mean. */
  private record Conjunct(SemanticNode node, Context context, List<OpDefNode> within) {}

  private final Tool tool;
  private final TLCState before;
  private final List<Conjunct> conjuncts = new ArrayList<>();

  FailedConjunct(Tool tool, TLCState before) {
    this.tool = tool;
    this.before = before;
  }

  /** In words; empty if it cannot be told. */
  String of(SemanticNode step, Context context) {
    try {
      flatten(step, context, List.of());
      TLCState after = TLCStateFun.Empty;
      for (Conjunct each : conjuncts) {
        TLCState next = tool.enabled(each.node(), each.context(), before, after);
        if (next == null) {
          return words(each);
        }
        after = next;
      }
    } catch (RuntimeException cannotBeTold) {
      // What is asked about is impossible: a part of it may be no value at all.
      return "";
    }
    return "";
  }

  private void flatten(SemanticNode node, Context context, List<OpDefNode> within) {
    int known = conjuncts.size();
    try {
      flattenParts(node, context, within);
    } catch (RuntimeException noValue) {
      // What decides which part counts may have no value where a conjunct before it does not hold.
      conjuncts.subList(known, conjuncts.size()).clear();
      conjuncts.add(new Conjunct(node, context, within));
    }
  }

  private void flattenParts(SemanticNode node, Context context, List<OpDefNode> within) {
    if (node instanceof SubstInNode substituted) {
      Context inner = context;
      for (Subst each : substituted.getSubsts()) {
        inner = inner.cons(each.getOp(), tool.getVal(each.getExpr(), context, false));
      }
      flatten(substituted.getBody(), inner, within);
      return;
    }
    if (node instanceof LetInNode let) {
      flatten(let.getBody(), context, within);
      return;
    }
    if (node instanceof OpApplNode applied) {
      int code = BuiltInOPs.getOpCode(applied.getOperator().getName());
      if (code == ToolGlobals.OPCODE_cl || code == ToolGlobals.OPCODE_land) {
        for (ExprOrOpArgNode each : applied.getArgs()) {
          flatten(each, context, within);
        }
        return;
      }
      if (code == ToolGlobals.OPCODE_ite && !hasPrime(applied.getArgs()[0])) {
        boolean met = holds(applied.getArgs()[0], context);
        flatten(applied.getArgs()[met ? 1 : 2], context, within);
        return;
      }
      if (code == ToolGlobals.OPCODE_case) {
        for (ExprOrOpArgNode each : applied.getArgs()) {
          ExprOrOpArgNode[] pair = ((OpApplNode) each).getArgs();
          if (pair[0] == null || holds(pair[0], context)) {
            flatten(pair[1], context, within);
            return;
          }
        }
      }
      if (code == 0
          && tool.lookup(applied.getOperator(), context, before, false)
              instanceof OpDefNode defined) {
        List<OpDefNode> inside = new ArrayList<>(within);
        inside.add(defined);
        flatten(
            defined.getBody(),
            tool.getOpContext(defined, applied.getArgs(), context, true),
            inside);
        return;
      }
    }
    conjuncts.add(new Conjunct(node, context, within));
  }

  /** Whether it says something of the state after the step. */
  private static boolean hasPrime(SemanticNode node) {
    return ((LevelNode) node).getLevel() >= LevelConstants.ActionLevel;
  }

  private boolean holds(SemanticNode condition, Context context) {
    return tool.eval(condition, context, before) instanceof BoolValue value && value.val;
  }

  private String words(Conjunct each) {
    Location place = each.node().getLocation();
    String where =
        each.within().isEmpty()
            ? place.source()
            : each.within().stream()
                .skip(1)
                .map(defined -> defined.getName().toString().replaceFirst("^.*!", ""))
                .filter(name -> !name.equals("Named"))
                .distinct()
                .collect(Collectors.joining(" > "));
    String bound = bound(each);
    return "what does not hold is \""
        + text(place)
        + "\""
        + (where.isEmpty() ? "" : " in " + where)
        + " (module "
        + place.source()
        + (bound.isEmpty() ? "" : ", " + bound)
        + ")";
  }

  /** The values of the parameters of the definition in which it stands. */
  private String bound(Conjunct each) {
    if (each.within().isEmpty()) {
      return "";
    }
    List<String> values = new ArrayList<>();
    for (FormalParamNode parameter : each.within().get(each.within().size() - 1).getParams()) {
      Object value = each.context().lookup(parameter);
      if (value instanceof SemanticNode) {
        continue;
      }
      // What an operator is applied to is not evaluated before it is needed.
      if (value instanceof LazyValue lazy) {
        value = tool.eval(lazy.expr, lazy.con, before);
      }
      if (value != null) {
        values.add(parameter.getName() + " = " + value.toString().replace("\"", ""));
      }
    }
    return String.join(", ", values);
  }

  private static String text(Location place) {
    try {
      List<String> lines =
          Files.readAllLines(Path.of(ToolIO.getUserDir(), place.source() + ".tla"));
      StringBuilder text = new StringBuilder();
      for (int line = place.beginLine(); line <= place.endLine(); line++) {
        String whole = lines.get(line - 1);
        int from = line == place.beginLine() ? place.beginColumn() - 1 : 0;
        int to = line == place.endLine() ? place.endColumn() : whole.length();
        text.append(whole, from, to).append(' ');
      }
      String flat = text.toString().replaceAll("\\s+", " ").strip();
      return flat.length() > TEXT_MAX ? flat.substring(0, TEXT_MAX) + " ..." : flat;
    } catch (IOException | IndexOutOfBoundsException unreadable) {
      return place.toString();
    }
  }
}
