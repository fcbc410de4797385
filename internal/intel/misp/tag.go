package misp

import "strings"

// labels of TLP 2.0, and "white" of the version before it, from what may go furthest to the strictest.
var labels = []string{"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

// tags reads the strictest label and the grades in tags. A label that is not known is the red: whoever set it meant something.
func (p *parser) tags(all []string) (label string, g Grade) {
	rank := -1
	for _, tag := range all {
		space, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), ":")
		switch space {
		case "tlp":
			if r := p.label(rest); r > rank {
				rank, label = r, labels[r]
			}
		case "admiralty-scale":
			p.grade(&g, rest)
		}
	}
	return label, g
}

func (p *parser) label(s string) int {
	s = strings.NewReplacer("white", "clear", "-", "+", " ", "+", "_", "+").Replace(strings.Trim(s, ` "`))
	if s == "ex:chr" || s == "unclear" { // the Chatham House rule is about names; "unclear" says that nobody knows
		s = "amber"
	}
	for r, l := range labels {
		if strings.EqualFold("tlp:"+s, l) {
			return r
		}
	}
	p.skip(BadTLP)
	return len(labels) - 1
}

func (p *parser) grade(g *Grade, s string) {
	predicate, value, _ := strings.Cut(s, "=")
	value = strings.Trim(value, `" `)
	switch {
	case predicate == "source-reliability" && len(value) == 1 && value >= "a" && value <= "g":
		if value == "g" {
			value = "e"
		}
		g.Reliability = value
	case predicate == "information-credibility" && len(value) == 1 && value >= "1" && value <= "6":
		g.Credibility = value
	default:
		p.skip(BadGrade)
	}
}
