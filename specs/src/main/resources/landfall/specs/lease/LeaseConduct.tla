----------------------------- MODULE LeaseConduct -----------------------------
(* What grantor, hosts and clocks owe, step by step, as in HandoverConduct:      *)
(* every change of a count has a cause, and what is said is so. AtMostOneEffective *)
(* says what must never be seen; these kill a mutant that does its harm later.   *)
EXTENDS Lease

\* The clock of h ticks: it is not a message, nor a death, that changes its counts.
HostTicks(h) ==
    /\ UNCHANGED <<messages, crashed>> /\ asked'[h] <= asked[h]
    /\ left'[h] # left[h] \/ asked'[h] # asked[h]

\* Clocks stay within the bound, and each tick is counted, once, in every count that runs.
ClocksCountedProp ==
    [][ /\ reserved' < reserved =>
            /\ reserved' = reserved - 1 /\ UNCHANGED <<left, asked, messages>>
            /\ \A h \in Hosts :
                /\ left[h] > 0 => lag[h] < Drift /\ lag'[h] = lag[h] + 1
                /\ asked[h] > 0 => askedLag[h] < Drift /\ askedLag'[h] = askedLag[h] + 1
        /\ \A h \in Hosts : HostTicks(h) =>
            /\ left'[h] = LessOne(left[h]) /\ asked'[h] = LessOne(asked[h])
            /\ left[h] > 0 => lag[h] > -Drift
            /\ asked[h] > 0 => askedLag[h] > -Drift
            /\ lag'[h] = IF left'[h] > 0 THEN lag[h] - 1 ELSE 0
            /\ askedLag'[h] = IF asked'[h] > 0 THEN askedLag[h] - 1 ELSE 0 ]_vars

\* What a host asks, it counts from now; what it is lent, from when it asked.
HostTruthfulProp ==
    [][\A h \in Hosts :
        /\ asked'[h] > asked[h] =>
            Alive(h) /\ asked[h] = 0 /\ asked'[h] = Term /\ request'[h] = "Ask"
        /\ request'[h] = "Ask" /\ request[h] # "Ask" =>
            asked'[h] = Term /\ askedLag'[h] = 0 /\ h \notin granted'
        /\ left'[h] > left[h] =>
            /\ Alive(h) /\ h \in granted /\ h \notin granted'
            /\ left'[h] = asked[h] /\ lag'[h] = askedLag[h] /\ asked'[h] = 0
        /\ left'[h] < left[h] - 1 /\ h \notin granted /\ crashed' = crashed => request'[h] = "Release"
        /\ request'[h] = "Release" /\ request[h] # "Release" =>
            left[h] > 0 /\ left'[h] = 0 /\ h \notin running']_vars

\* It has forgotten to whom it lent the guest, and waits as if it had lent it now.
Restarted ==
    /\ forgot' /\ grantee' = grantee /\ reserved' = Term + Allowance
    /\ \A h \in Hosts : request'[h] = "none"
    /\ UNCHANGED <<terms, granted, running, crashed>>

\* The grantor lends what is free to whom has asked, for a whole term, and frees what it
\* was given back, or what is over.
GrantorTruthfulProp ==
    [][ /\ \A h \in granted' \ granted :
            /\ request[h] = "Ask" /\ request'[h] = "none" /\ ~forgot /\ grantee \in {"free", h}
            /\ grantee' = h /\ reserved' = Term + Allowance
        /\ reserved' > reserved => granted' # granted \/ Restarted
        /\ grantee' # grantee => IF grantee' = "free"
            THEN \/ reserved = 0
                 \/ request[grantee] = "Release" /\ request'[grantee] = "none" /\ ~forgot
            ELSE grantee' \in granted'
        /\ forgot' # forgot => IF forgot' THEN Restarted ELSE reserved = 0 /\ grantee' = "free" ]_vars

\* A guest starts where the lease is, and is stopped when it is over.
RunsHaveACauseProp ==
    [][\A h \in Hosts :
        /\ h \in running' \ running => left[h] > 0
        /\ h \in running \ running' => left[h] = 0 \/ h \in crashed' \/ request'[h] = "Release"]_vars

\* Who can go on may do so, and it makes a difference.
NobodyStalls ==
    /\ \A h \in Hosts : Alive(h) =>
        /\ asked[h] = 0 => ENABLED (AskLease(h) /\ asked'[h] = Term)
        /\ h \in granted /\ asked[h] > 0 => ENABLED (ReceiveLease(h) /\ left'[h] = asked[h])
        /\ left[h] > 0 /\ h \notin running => ENABLED (StartGuest(h) /\ h \in running')
        /\ left[h] = 0 /\ h \in running => ENABLED (NoticeEnd(h) /\ h \notin running')
        /\ left[h] > 0 => ENABLED (ReleaseLease(h) /\ request'[h] = "Release")
    /\ \A h \in Hosts :
        /\ request[h] = "Ask" /\ ~forgot /\ grantee \in {"free", h} =>
            ENABLED (GrantLease(h) /\ h \in granted')
        /\ request[h] = "Release" /\ grantee = h /\ ~forgot => ENABLED (ReceiveRelease(h) /\ grantee' = "free")
        /\ left[h] > 0 /\ lag[h] > -Drift /\ (asked[h] > 0 => askedLag[h] > -Drift) =>
            ENABLED (TickHost(h) /\ left'[h] < left[h])
        /\ asked[h] > 0 /\ askedLag[h] > -Drift /\ (left[h] > 0 => lag[h] > -Drift) =>
            ENABLED (TickHost(h) /\ asked'[h] < asked[h])
    /\ (grantee # "free" \/ forgot) /\ reserved = 0 =>
        ENABLED (ExpireLease /\ grantee' = "free" /\ ~forgot')
    /\ reserved > 0 /\ (\A h \in Hosts : /\ left[h] > 0 => lag[h] < Drift
                                         /\ asked[h] > 0 => askedLag[h] < Drift) =>
        ENABLED (TickGrantor /\ reserved' < reserved)
===============================================================================
