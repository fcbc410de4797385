package claim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// How near things are that may have to do with one another.
const (
	onsetWithin = 10 * time.Minute
	atOnce      = 10 * time.Minute
	fewAtOnce   = 3 // sites that nobody named, from which on an outage is a wider one
	wideShare   = 0.3
)

// reasons puts beside the verdict what speaks for and against a connection.
func (q *Question) reasons(v view, base baseline, out *Verdict) {
	speak := func(all *[]Reason, r Reason, when bool) {
		if when {
			*all = add(*all, r)
		}
	}
	effect := out.Word > NoEffect
	span := q.struck(v, out)
	named, shared, unnamed := q.around10(out.Began)
	speak(&out.For, Onset, !out.Began.IsZero() && slices.ContainsFunc(q.Sources, func(s Source) bool { return s.near(out.Began) }))
	speak(&out.For, TemplatesSeen, q.marked(TemplatesSeen, span))
	speak(&out.For, SeveralAtOnce, named > 0)
	speak(&out.Against, SharesProvider, shared > 0)
	for _, r := range []Reason{Deployed, FlashCrowd} {
		speak(&out.Against, r, q.marked(r, span))
	}
	speak(&out.Against, BadCertificate, q.marked(BadCertificate, span) || q.certificate(v))
	speak(&out.Against, WiderOutage, q.marked(WiderOutage, span) || unnamed >= fewAtOnce && float64(unnamed) >= wideShare*float64(q.Sites))
	speak(&out.Against, InMaintenance, q.marked(InMaintenance, span))
	speak(&out.Against, FlakyBefore, effect && base.known && base.share >= flakyShare)
	speak(&out.Against, BeganBefore, v.seen.before)
	speak(&out.Against, GeoFiltered, out.Word == Protected && v.seen.abroad > 0 || slices.ContainsFunc(q.Proofs, Proof.OnlyAbroad))
	speak(&out.Against, ProofDisagrees, slices.ContainsFunc(q.Proofs, func(p Proof) bool { return p.Bad() && !p.OnlyAbroad() }) && out.Word == NoEffect)
	speak(&out.Against, VantagesQuarrel, v.seen.argued >= 5 || 10*v.seen.argued > v.seen.rounds)
	speak(&out.Against, NoHome, q.Homed && q.Watched && v.seen.rounds > 0 && v.seen.homeless == v.seen.rounds)
	speak(&out.Against, NeverSeenWell, len(v.seen.bad) > 0 && !v.seen.bad[0].seenBefore)
	speak(&out.Against, SourcesQuarrel, q.quarrel())
	speak(&out.Against, TimeOfTelling, slices.ContainsFunc(q.Sources, func(s Source) bool { return s.Ahead }))
}

// struck is the time for which marks matter: from shortly before the failure began to its end, or the window.
func (q *Question) struck(v view, out *Verdict) Span {
	if n := len(v.seen.bad); n > 0 {
		return Span{out.Began.Add(-atOnce), v.seen.bad[n-1].latest}
	}
	return hull(v.windows)
}

// near reports whether something began within ten minutes of when a source says that it was. A day is no such time; an order may have been out since
// the list before, when that is nearer.
func (s Source) near(t time.Time) bool {
	if s.Day {
		return false
	}
	from := s.First.Add(-onsetWithin)
	return !t.Before(from) && !t.After(s.First.Add(onsetWithin))
}

func (q *Question) marked(r Reason, span Span) bool {
	return slices.ContainsFunc(q.Marks, func(m Mark) bool { return m.Reason == r && Span{m.From, m.To}.meets(span) })
}

// around10 counts the neighbours that began to fail within ten minutes of a time: named ones that share nothing, those that share something, and
// others.
func (q *Question) around10(began time.Time) (named, shared, unnamed int) {
	if began.IsZero() {
		return 0, 0, 0
	}
	for _, n := range q.Neighbours {
		switch {
		case n.Began.Sub(began).Abs() > atOnce:
		case n.Shares:
			shared++
		case n.Named:
			named++
		default:
			unnamed++
		}
	}
	return named, shared, unnamed
}

// certificate reports whether most bad rounds failed for the certificate.
func (q *Question) certificate(v view) bool {
	bad, cert := 0, 0
	for _, x := range v.seen.bad {
		for _, r := range between(q.Rounds, Span{x.from.Add(-time.Minute), x.to}) {
			if !isBad(&r) {
				continue
			}
			bad++
			switch strings.ToLower(r.Class) {
			case "tls_expired", "tls_wrong_host", "tls_unknown_ca":
				cert++
			}
		}
	}
	return 2*cert > bad
}

// quarrel reports whether two claims that are known to the hour lie further apart than one attack is told of.
func (q *Question) quarrel() bool {
	var claims []Span
	for _, s := range q.Sources {
		if s.Kind != List {
			claims = append(claims, s.anchor())
		}
	}
	for i, a := range claims {
		for _, b := range claims[:i] {
			if gap := max(a.From.Sub(b.To), b.From.Sub(a.To)); gap > beforePost+afterPost {
				return true
			}
		}
	}
	return false
}

// findings puts beside the verdict what people look for.
func (q *Question) findings(v view, out *Verdict) {
	find := func(f Finding, when bool) {
		if when {
			out.Findings = add(out.Findings, f)
		}
	}
	geo := out.Word == Protected && v.seen.abroad > 0 || slices.ContainsFunc(q.Proofs, Proof.OnlyAbroad)
	listed := q.listed()
	find(FeedDark, listed == NoListKnown && !geo) // a failure that is a filter asks for no list
	find(ListedNotClaimed, listed == IsListed && !q.claimed())
	find(ClaimedNotListed, listed == NotListed && !geo)
	_, shared, _ := q.around10(out.Began)
	find(SharedProvider, shared > 0)
	find(VantageBlind, slices.ContainsFunc(q.Blind, func(b Span) bool { return slices.ContainsFunc(v.windows, b.meets) }))
	find(GeoFilterAbroad, geo)
}

// IncidentFindings returns what is found of a failure that nobody named: of what kind it is, whether lists name others about that time, and whether
// others that share something with it failed too.
func IncidentFindings(outage, listsNameOthers, shared bool) []Finding {
	switch {
	case !outage:
		return []Finding{DisturbedQuietly}
	case shared:
		return []Finding{OutageUnlisted, SharedProvider}
	case listsNameOthers:
		return []Finding{OutageUnlisted}
	}
	return []Finding{OutageUnclaimed}
}

// Words says a reason for a person.
func (r Reason) Words() Words { return reasonWords[r] }

var reasonWords = map[Reason]Words{
	Onset:           {"it began within ten minutes of the listing or the claim", "det begyndte inden for ti minutter af listen eller påstanden"},
	TemplatesSeen:   {"the site's own edge saw the listed requests", "sidens egen front så de bestilte forespørgsler"},
	SeveralAtOnce:   {"others that are listed or claimed failed at the same time, and share nothing with it", "andre nævnte sider, der intet deler med den, fejlede samtidig"},
	SharesProvider:  {"others that share its address, network or provider failed with it", "andre med samme adresse, net eller udbyder fejlede samtidig"},
	Deployed:        {"something new was put there just then", "der blev lagt noget nyt ud netop da"},
	BadCertificate:  {"it is the certificate that fails", "det er certifikatet, der fejler"},
	FlashCrowd:      {"many ordinary readers came", "der kom mange almindelige læsere"},
	WiderOutage:     {"many sites that nobody named failed at the same time", "mange sider, som ingen nævnte, fejlede samtidig"},
	InMaintenance:   {"maintenance was announced for that time", "der var varslet vedligeholdelse"},
	FlakyBefore:     {"it is often so at these hours", "sådan er det ofte på den tid af døgnet"},
	BeganBefore:     {"it was failing before the window began", "den fejlede, før vinduet begyndte"},
	GeoFiltered:     {"readers at home were served, those abroad were not", "læsere i hjemlandet fik siden, læsere i udlandet gjorde ikke"},
	ProofDisagrees:  {"the proof is red, and the vantages were served", "beviset er rødt, og målestederne fik siden"},
	VantagesQuarrel: {"the vantages disagreed in five rounds or more, or in one of ten", "målestederne var uenige i fem runder eller flere, eller i hver tiende"},
	NoHome:          {"nobody looked from the readers' own country", "ingen målte fra læsernes eget land"},
	NeverSeenWell:   {"it was not watched before it failed", "den blev ikke målt, før den fejlede"},
	SourcesQuarrel:  {"those who claim it name different times", "de, der påstår det, nævner forskellige tider"},
	TimeOfTelling:   {"the time that is claimed lies after the claim", "den påståede tid ligger efter påstanden"},
}

// Reasons returns every reason.
func Reasons() []Reason { return slices.Sorted(maps.Keys(reasonWords)) }

// Findings returns every finding.
func Findings() []Finding { return slices.Sorted(maps.Keys(findingWords)) }

// Words says a finding for a person.
func (f Finding) Words() Words { return findingWords[f] }

var findingWords = map[Finding]Words{
	FeedDark:         {"no list known to us: the feed was silent", "vi kender ingen liste: kilden var tavs"},
	ListedNotClaimed: {"on a list of targets, and not claimed", "på en liste over mål, men ikke påstået ramt"},
	ClaimedNotListed: {"claimed, and on no list known to us", "påstået ramt, men ikke på nogen liste, vi kender"},
	OutageUnclaimed:  {"an outage that nobody claimed", "et udfald, som ingen har gjort krav på"},
	OutageUnlisted:   {"an outage without a listing", "et udfald uden en liste"},
	SharedProvider:   {"others at the same provider failed, too", "andre hos samme udbyder faldt også ud"},
	DisturbedQuietly: {"a disturbance that nobody claimed", "en forstyrrelse, som ingen har gjort krav på"},
	VantageBlind:     {"a vantage could not measure", "et målested kunne ikke måle"},
	GeoFilterAbroad:  {"refused abroad, served at home", "afvist i udlandet, betjent i hjemlandet"},
}
