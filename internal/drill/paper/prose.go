package paper

import "strings"

var (
	places = []string{
		"Nordhavre", "Vesterlund", "Askeby", "Tornvig", "Sandelose", "Ravnholt", "Ellemark", "Klintby", "Mosevang", "Birkesund",
		"Hjortelund", "Stenvad", "Fladso", "Gronmose", "Skovrode", "Lyngvik",
	}
	people = []string{
		"Ane Tornquist", "Bo Ellemand", "Carla Vestry", "Dines Holmgard", "Else Ravnby", "Frode Askeholt", "Gerda Lindevang",
		"Hakon Birkemose", "Inge Stenlund", "Jorn Klintgard", "Kamma Nordsten", "Laust Skovby",
	}
	bodies = []string{
		"council", "harbour board", "school committee", "library", "water company", "bus service", "hospital", "museum",
		"fire brigade", "sailing club", "theatre", "market hall", "allotment society", "electoral committee",
	}
	deeds = []string{
		"approved", "postponed", "presented", "reopened", "questioned", "welcomed", "published", "revised", "counted", "repaired",
		"inspected", "defended",
	}
	things = []string{
		"budget", "timetable", "bridge", "bicycle path", "reading room", "ballot papers", "polling station", "ferry landing",
		"rescue plan", "playground", "sea wall", "town square", "concert programme", "heating pipes", "annual report", "street lighting",
	}
	times = []string{
		"on Monday", "before the election", "after a long debate", "this week", "last night", "without a vote", "ahead of time",
		"in the rain", "for the second time", "with great care",
	}
	openings = []string{
		"Nobody in the room objected.", "Several residents had written in advance.",
		"The figures will be read out again next month.", "It was quiet in the streets afterwards.",
		"A longer answer is expected in spring.", "The minutes are public.",
		"Coffee was served in the foyer.", "Two members asked for the floor.", "The doors opened at nine.",
	}
)

func sentence(d *dice, b *strings.Builder) {
	switch d.between(0, 3) {
	case 0:
		b.WriteString(pick(d, openings))
	case 1:
		write(b, pick(d, people), " of the ", pick(d, bodies), " said that the ", pick(d, things), " in ", pick(d, places), " should be ",
			pick(d, deeds), " ", pick(d, times), ".")
	default:
		write(b, "The ", pick(d, bodies), " in ", pick(d, places), " ", pick(d, deeds), " the ", pick(d, things), " ", pick(d, times), ".")
	}
}

// paragraphs returns n paragraphs of about half a kilobyte each.
func paragraphs(d *dice, n int) []string {
	list := make([]string, n)
	for i := range list {
		var b strings.Builder
		b.WriteString("<p>")
		for range d.between(5, 8) {
			sentence(d, &b)
			b.WriteByte(' ')
		}
		b.WriteString("</p>\n")
		list[i] = b.String()
	}
	return list
}

// headline returns a title without any character that HTML or XML treats in a special way.
func headline(d *dice) string {
	body := pick(d, bodies)
	words := []string{strings.ToUpper(body[:1]) + body[1:], "in", pick(d, places), pick(d, deeds), pick(d, things), pick(d, times)}
	return strings.Join(words, " ")
}

func write(b *strings.Builder, parts ...string) {
	for _, s := range parts {
		b.WriteString(s)
	}
}
