package watch

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Words say the same in each language that Seawall speaks.
type Words struct {
	EN string `json:"en"`
	DA string `json:"da"`
}

// phrase is a fixed thing to say.
type phrase uint8

const (
	sayNothing phrase = iota
	sayReachable
	saySlow
	sayIntermittent
	sayBriefly
	sayForAPeriod
	sayDown
	sayNow
	sayProtected
	sayNotAbroad
	sayOnePlace
	sayUnchecked
	sayContent
	sayDisputed
	sayMaintenance
	sayBlind
	saySuspected
	sayDisturbed
	sayRecovering
	sayHomeBlind
	sayPartly
	sayUnmeasured
)

// phrases is the one table of what is said. The words are fixed, so that the same thing is always said in the same way.
var phrases = [...]Words{
	sayNothing:      {"not measured yet", "endnu ikke målt"},
	sayReachable:    {"reachable", "tilgængelig"},
	saySlow:         {"slow", "langsom"},
	sayIntermittent: {"intermittent", "ustabil"},
	sayBriefly:      {"briefly unavailable", "kortvarigt utilgængelig"},             // less than 15 minutes in all
	sayForAPeriod:   {"unavailable for a period", "utilgængelig i en periode"},      // 15 to 60 minutes
	sayDown:         {"down", "nede"},                                               // more than 60 minutes, or for 15 and not over
	sayNow:          {"unavailable at the moment", "utilgængelig i øjeblikket"},     // not over, and less than 15 minutes so far
	sayProtected:    {"protected by a challenge", "beskyttet af en kontrolside"},    // neither up nor down; people probably pass
	sayNotAbroad:    {"not reachable from abroad", "ikke tilgængelig fra udlandet"}, // the readers' own country is served
	sayOnePlace:     {"suspected, seen from one place", "mistanke om fejl, set fra ét sted"},
	sayUnchecked:    {"suspected, the vantages are unchecked", "mistanke om fejl, målestederne er ikke kontrolleret"},
	sayPartly:       {"partly unavailable", "delvist utilgængelig"}, // the page comes, something that belongs to it does not
	sayContent:      {"shows other content", "viser andet indhold"},
	sayDisputed:     {"disputed, vantages disagree", "omstridt, målestederne er uenige"},
	sayMaintenance:  {"maintenance", "vedligeholdelse"},
	sayBlind:        {"no statement while blind", "ingen udtalelse, mens vi ikke kan måle"},
	saySuspected:    {"suspected", "mistanke om fejl"},
	sayDisturbed:    {"disturbed", "forstyrret"},
	sayRecovering:   {"recovering", "på vej tilbage"},
	sayUnmeasured:   {"not measured to its end", "ikke målt til ende"},
	sayHomeBlind:    {"no vantage at home could see it", "intet målested hjemme kunne se det"}, // added to what others saw
}

// Words returns what is said of a state.
func (s State) Words() Words {
	return phrases[map[State]phrase{
		Unknown: sayNothing, Up: sayReachable, Suspect: saySuspected, Disrupted: sayDisturbed, Down: sayDown, Recovering: sayRecovering, Closed: sayReachable,
	}[s]]
}

// overlayWords returns what is said under an overlay.
func overlayWords(o Overlay) Words {
	return phrases[map[Overlay]phrase{Disputed: sayDisputed, InMaintenance: sayMaintenance, Blind: sayBlind, Guarded: sayProtected}[o]]
}

// wordsOf returns what is said of a site's part in an incident. What only vantages of one place or unchecked ones saw stays a suspicion;
// where readers at home fare otherwise than the rest, their country decides; where the vantages at home are blind, that is said.
func wordsOf(k Kind, x Member, home string) Words {
	said, doubt := outcomeOf(k, x), phrases[sayOnePlace]
	if x.Grade == UncheckedOnly {
		doubt = phrases[sayUnchecked]
	}
	switch {
	case x.Grade != Confirmed && k == Outage:
		return doubt
	case x.Grade != Confirmed:
		return Words{phrases[said].EN + " (" + doubt.EN + ")", phrases[said].DA + " (" + doubt.DA + ")"}
	case x.Abroad:
		s := scope(with(x.ReachableFrom, home), x.UnreachableFrom)
		return Words{phrases[sayNotAbroad].EN + ": " + s.EN, phrases[sayNotAbroad].DA + ": " + s.DA}
	case x.AtHome:
		s := scope(x.ReachableFrom, with(x.UnreachableFrom, home))
		return Words{phrases[said].EN + ": " + s.EN, phrases[said].DA + ": " + s.DA}
	case x.HomeBlind:
		add := phrases[sayHomeBlind]
		return Words{phrases[said].EN + "; " + add.EN, phrases[said].DA + "; " + add.DA}
	}
	return phrases[said]
}

// outcomeOf holds an incident against the limits of the words.
func outcomeOf(k Kind, x Member) phrase {
	switch k {
	case Slowness:
		return saySlow
	case Protection:
		return sayProtected
	case OtherContent:
		return sayContent
	case Partly:
		return sayPartly
	}
	total := x.Total.middle()
	switch {
	case x.Wavering:
		return sayIntermittent
	case x.Phase == Ongoing && total > briefly, total > period:
		return sayDown
	case x.Phase == Ongoing:
		return sayNow
	case total < briefly:
		return sayBriefly
	default:
		return sayForAPeriod
	}
}

func with(all []string, name string) []string {
	if name == "" {
		return all
	}
	return insert(append([]string(nil), all...), name)
}

// scope says from where a site is reachable and from where not.
func scope(reachable, unreachable []string) Words {
	var w Words
	if len(reachable) > 0 {
		w.EN = "reachable from " + list(reachable, display.English.Regions(), "and") + "; "
		w.DA = "tilgængelig fra " + list(reachable, display.Danish.Regions(), "og") + "; "
	}
	w.EN += "unreachable from " + list(unreachable, display.English.Regions(), "and")
	w.DA += "ikke tilgængelig fra " + list(unreachable, display.Danish.Regions(), "og")
	return w
}

// list names countries as a sentence does.
func list(codes []string, names display.Namer, and string) string {
	if len(codes) == 0 {
		return "?"
	}
	all := make([]string, len(codes))
	for i, code := range codes {
		all[i] = code
		if region, err := language.ParseRegion(code); err == nil {
			if name := names.Name(region); name != "" {
				all[i] = name
			}
		}
	}
	n := len(all) - 1
	if n == 0 {
		return all[0]
	}
	return strings.Join(all[:n], ", ") + " " + and + " " + all[n]
}

// Words says a span, as "4–6 min".
func (s Span) Words() Words {
	most := max(s.Least, s.Most)
	if most < time.Minute {
		return Words{"under 1 min", "under 1 min"}
	}
	lo, hi := s.Least.Truncate(time.Minute), most.Round(time.Minute)
	if hi < lo {
		hi = lo
	}
	if lo == hi {
		return Words{long(lo, "h"), long(lo, "t")}
	}
	if hi < time.Hour {
		text := fmt.Sprintf("%d–%d min", lo/time.Minute, hi/time.Minute)
		return Words{text, text}
	}
	return Words{long(lo, "h") + " – " + long(hi, "h"), long(lo, "t") + " – " + long(hi, "t")}
}

func long(d time.Duration, hour string) string {
	hours, minutes := d/time.Hour, d%time.Hour/time.Minute
	switch {
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes == 0:
		return fmt.Sprintf("%d %s", hours, hour)
	default:
		return fmt.Sprintf("%d %s %d min", hours, hour, minutes)
	}
}
