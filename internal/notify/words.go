package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
)

// said are the words of each kind when the message brings none.
var said = [...]Text{
	Slow:       {"slow", "langsom"},
	Suspected:  {"perhaps unavailable", "måske utilgængelig"},
	Disrupted:  {"intermittent", "ustabil"},
	Down:       {"down", "nede"},
	Recovering: {"answers again", "svarer igen"},
	Closed:     {"over", "overstået"},
	Listing:    {"named on an attack list", "nævnt på en angrebsliste"},
	Digest:     {"many sites fail at once", "mange websteder fejler på én gang"},
	Test:       {"test of the alarm, nothing has happened", "prøve af alarmen, intet er sket"},
	Heartbeat:  {"the lookout is alive", "udkiggen er i live"},
	LedgerHead: {"where the ledger of evidence stands", "hvor bevisbogen står"},
	FeedSilent: {"a feed of attack lists is silent", "en kilde til angrebslister er tavs"},
}

var (
	reminderWord = Text{"Reminder %d", "Påmindelse %d"}
	updateWord   = Text{"Update: ", "Nyt: "}
	answerWord   = Text{"Us or our provider? ", "Os eller vores udbyder? "}
	beganWord    = Text{"Began", "Begyndte"}
	endedWord    = Text{"Ended", "Sluttede"}
	betweenWord  = Text{" between %s and %s", " mellem %s og %s"}
	seenWord     = Text{"Seen from:", "Set fra:"}
	seenOfWord   = Text{"%s seen from:", "%s set fra:"}
	sitesWord    = Text{"Sites:", "Websteder:"}
	moreWord     = Text{"and %d more", "og %d til"}
	othersWord   = Text{" and %d more", " og %d til"}
	failWord     = Text{"Failing now: %d. Working again: %d.", "Fejler nu: %d. Virker igen: %d."}
	workWord     = Text{"All %d sites that failed work again.", "Alle %d websteder, der fejlede, virker igen."}
	slowWord     = Text{"many sites are slow, or lack a part", "mange websteder er langsomme eller mangler en del"}
	singlyWord   = Text{"what fails is told of one by one from now on", "om det, der fejler, fortælles enkeltvis fra nu af"}
	earlierWord  = Text{"Before that:", "Før det:"}
	idWord       = Text{"Message ", "Besked "}
	cutWord      = Text{"… cut short", "… afkortet"}
	headWord     = Text{"Ledger of evidence, to be kept: ", "Bevisbog, gem denne linje: "}
	keepWord     = Text{
		"Whoever keeps this line can tell later whether the ledger of evidence was written anew. Nothing else needs to be done.",
		"Den, der gemmer denne linje, kan senere se, om bevisbogen er skrevet om. Andet skal der ikke gøres.",
	}
	testWord = Text{
		"Somebody asked Seawall to try this channel. Nothing has happened, and nothing needs to be done.",
		"Nogen har bedt Seawall om at afprøve denne kanal. Intet er sket, og intet skal gøres.",
	}
)

// Limits of what a text lists.
const (
	shownSites    = 20
	maxSubject    = 150 // bytes
	subjectPrefix = "[Seawall] "
)

// Subject returns the notice's subject, one line of at most 150 bytes.
func (n *Notice) Subject() string {
	var b strings.Builder
	b.WriteString(subjectPrefix)
	if n.Label != "" {
		b.WriteString(n.Label + " ")
	}
	if n.Repeat > 0 {
		fmt.Fprintf(&b, reminderWord.In(n.Language)+": ", n.Repeat)
	} else if n.Update {
		b.WriteString(updateWord.In(n.Language))
	}
	if names := n.names(); names != "" {
		b.WriteString(names + ": ")
	}
	b.WriteString(n.state())
	return cut(oneLine(b.String()), maxSubject, "…")
}

// names returns the first site, and how many there are beside it: of those that fail, while any do.
func (n *Notice) names() string {
	all := n.Sites
	if n.Kind.Fails() {
		all = n.failing()
	}
	switch {
	case n.Kind == Digest || len(all) == 0:
		return ""
	case len(all) == 1:
		return all[0].Name
	}
	return all[0].Name + fmt.Sprintf(othersWord.In(n.Language), len(all)-1)
}

// site returns a site's name, and how it stands where that is otherwise than the notice says.
func (n *Notice) site(s Site) string {
	switch words := s.Words.In(n.Language); {
	case s.Kind == KindNone || s.Kind == n.Kind && words == "":
		return s.Name
	case words == "":
		return s.Name + ": " + said[s.Kind].In(n.Language)
	case s.Kind.Ends():
		return s.Name + ": " + said[s.Kind].In(n.Language) + " (" + words + ")"
	default:
		return s.Name + ": " + words
	}
}

// state returns the words for what is.
func (n *Notice) state() string {
	switch words := n.Words.In(n.Language); {
	case n.Kind == Digest && n.Failing == 0 && n.Gave:
		return singlyWord.In(n.Language)
	case n.Kind == Digest && n.Failing > 0 && n.Wait:
		return slowWord.In(n.Language) + " (" + fmt.Sprint(n.Failing) + ")"
	case n.Kind == Digest && n.Failing == 0 && n.Back > 0:
		return fmt.Sprintf(workWord.In(n.Language), n.Back)
	case n.Kind == Digest && n.Failing > 0:
		return said[Digest].In(n.Language) + " (" + fmt.Sprint(n.Failing) + ")"
	case words != "" && n.Kind.Ends():
		return said[n.Kind].In(n.Language) + " (" + words + ")"
	case words != "":
		return words
	}
	return said[n.Kind].In(n.Language)
}

// Text returns what the notice says, in at most limit bytes; limit is at least 200. A text that is cut short ends with the first link, if
// that has room, and with the id. The head of the ledger is there whole or, where it has no room, not at all.
func (n *Notice) Text(limit int) string {
	lines := n.lines()
	last := idWord.In(n.Language) + n.ID
	if n.Head != "" {
		head := headWord.In(n.Language) + oneLine(n.Head)
		if text := strings.Join(append(slices.Clone(lines), head, last), "\n"); len(text) <= limit {
			return text
		}
	}
	text := strings.Join(append(lines, last), "\n")
	if len(text) <= limit {
		return text
	}
	tail := "\n" + cutWord.In(n.Language)
	if len(n.Links) > 0 && len(n.Links[0])+len(last)+len(tail)+80 <= limit {
		tail += ": " + oneLine(n.Links[0])
	}
	tail += "\n" + last
	return cut(strings.Join(lines, "\n"), max(0, limit-len(tail)), "") + tail
}

// lines returns all that there is to say, the most important first.
func (n *Notice) lines() (lines []string) {
	add := func(s string) { lines = append(lines, oneLine(s)) }
	add(strings.TrimPrefix(n.Subject(), subjectPrefix))
	if n.Kind == Test {
		add(testWord.In(n.Language))
	}
	if n.Kind == LedgerHead {
		add(keepWord.In(n.Language))
	}
	switch answer := n.Answer.In(n.Language); {
	case answer == "":
	case n.Kind == Listing:
		add(answer)
	default:
		add(answerWord.In(n.Language) + answer)
	}
	if n.Kind == Digest && n.Failing+n.Back > 0 && !n.Wait && !n.Gave {
		add(fmt.Sprintf(failWord.In(n.Language), n.Failing, n.Back))
	}
	if !n.Since.Latest.IsZero() {
		add(beganWord.In(n.Language) + n.span(n.Since))
	}
	if !n.Until.Latest.IsZero() {
		add(endedWord.In(n.Language) + n.span(n.Until))
	}
	for i, v := range n.Vantages {
		switch {
		case i == 0 && len(n.Sites) > 1 && n.Sites[0].Kind != KindNone: // there they are of the first
			add(fmt.Sprintf(seenOfWord.In(n.Language), n.Sites[0].Name))
		case i == 0:
			add(seenWord.In(n.Language))
		}
		add("- " + v.Name + ": " + v.Sees.In(n.Language))
	}
	if len(n.Sites) > 1 || n.Kind == Digest && len(n.Sites) > 0 {
		add(sitesWord.In(n.Language))
		for _, s := range n.Sites[:min(len(n.Sites), shownSites)] {
			add("- " + n.site(s))
		}
		if more := len(n.Sites) - shownSites; more > 0 {
			add(fmt.Sprintf("- "+moreWord.In(n.Language), more))
		}
	}
	for i, s := range n.Steps {
		if i == 0 {
			add(earlierWord.In(n.Language))
		}
		add("- " + n.clock(s.At) + " " + said[s.Kind].In(n.Language))
	}
	for _, link := range n.Links {
		add(link)
	}
	return lines
}

// span writes an interval.
func (n *Notice) span(i Interval) string {
	if i.Earliest.IsZero() || n.clock(i.Earliest) == n.clock(i.Latest) {
		return " " + n.clock(i.Latest)
	}
	return fmt.Sprintf(betweenWord.In(n.Language), n.clock(i.Earliest), n.clock(i.Latest))
}

// clock writes a time, with its day and zone: a notice may be read days later and elsewhere.
func (n *Notice) clock(t time.Time) string {
	zone := n.Zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2006-01-02 15:04:05 MST")
}

// oneLine returns s without what does not print, so that no text can add a line, a mail header or a terminal command.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// cut returns s in at most limit bytes and whole characters; what is cut ends in mark.
func cut(s string, limit int, mark string) string {
	if len(s) <= limit {
		return s
	}
	end := max(0, limit-len(mark))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

// Title returns the words of a kind in a language.
func (k Kind) Title(l seawall.Language) string {
	if int(k) >= len(said) {
		return k.String()
	}
	return said[k].In(l)
}
