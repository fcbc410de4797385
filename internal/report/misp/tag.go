package misp

import "github.com/seawall-project/seawall/internal/report"

// tags are the event's, from taxonomies that MISP has: that there was an attack only where one was seen from inside, that there was an outage only
// where readers were hit.
func (f facts) tags() []tag {
	var tags []tag
	if f.attacked {
		tags = append(tags, tag{`rsit:availability="ddos"`})
	}
	if f.affected {
		tags = append(tags, tag{`rsit:availability="outage"`})
	}
	return tags
}

// claimTags grade what was claimed in the Admiralty scale: where it comes from, and apart from that what it says.
func claimTags(c *report.Claim) []tag {
	var tags []tag
	if c.Reliability != "" {
		tags = append(tags, tag{`admiralty-scale:source-reliability="` + c.Reliability + `"`})
	}
	if c.Credibility != "" {
		tags = append(tags, tag{`admiralty-scale:information-credibility="` + c.Credibility + `"`})
	}
	return tags
}
