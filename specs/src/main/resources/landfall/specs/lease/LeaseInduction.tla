---------------------------- MODULE LeaseInduction ----------------------------
(* Why Lease is safe, for any course of the clocks: an invariant that every      *)
(* step keeps, as in HandoverInduction. Its heart is CountsEarlier: what a       *)
(* holder has left is over before the grantor has waited, as long as its clock   *)
(* fell behind by no more than the allowance.                                    *)
EXTENDS Lease

\* A clock that counts lag ticks behind has counted Term - n of its own: the grantor
\* counted the sum of both since then, and that is not negative.
ValidTerm(n, behind) == IF n = 0 THEN behind = 0 ELSE behind >= n - Term

CountsEarlier(h, n, behind) == grantee = h /\ reserved >= n + Allowance - behind

HostAgrees(h) ==
    /\ ValidTerm(left[h], lag[h]) /\ ValidTerm(asked[h], askedLag[h])
    /\ left[h] > 0 => CountsEarlier(h, left[h], lag[h])
    /\ ~Alive(h) => left[h] = 0 /\ asked[h] = 0 /\ h \notin running
\* An answer that can still count was given after its request; and who has released
\* the lease waits for no answer.
MessagesAgree(h) ==
    /\ h \in granted /\ asked[h] > 0 => CountsEarlier(h, asked[h], askedLag[h])
    /\ request[h] = "Release" => left[h] = 0 /\ asked[h] = 0 /\ h \notin granted
IndInv == \A h \in Hosts : HostAgrees(h) /\ MessagesAgree(h)

\* Every state of these types that satisfies IndInv.
IndInit ==
    /\ grantee \in Hosts \cup {"free"} /\ forgot \in BOOLEAN /\ reserved \in 0..(Term + Allowance)
    /\ crashed \in SUBSET Hosts /\ running \in SUBSET (Hosts \ crashed)
    /\ left \in [Hosts -> 0..Term] /\ lag \in [Hosts -> -Drift..Drift]
    /\ \A h \in Hosts : ValidTerm(left[h], lag[h]) /\ (~Alive(h) => left[h] = 0)
    /\ \A h \in Hosts : left[h] > 0 => CountsEarlier(h, left[h], lag[h])
    /\ asked \in [Hosts -> 0..Term] /\ askedLag \in [Hosts -> -Drift..Drift]
    /\ \A h \in Hosts : HostAgrees(h)
    /\ granted \in SUBSET Hosts /\ request \in [Hosts -> {"none", "Ask", "Release"}]
    /\ \A h \in Hosts : MessagesAgree(h)
Induction == IndInit /\ [][Next]_vars

Safe == AtMostOneEffective /\ HolderIsGrantee
===============================================================================
