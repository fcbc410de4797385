package reporttest

import (
	"time"

	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

// Incident returns a report of an incident at two sites, in which every field says something, changed by change, which may be nil.
func Incident(change func(*report.Incident)) report.Incident {
	in := report.Incident{
		ID: "7", Made: Now, Label: tlp.Amber, Maker: "Office of Examples", Kind: "outage", Phase: "closed",
		Cause: report.Words{EN: "one cause is likely", DA: "én årsag er sandsynlig"}, Feeds: 1,
		Sites: []report.IncidentSite{
			site("www.party.example", report.Party{ID: "party", Name: "The Example Party", Country: "DK"}),
			site("www.news.example", report.Party{ID: "news", Name: "The Example News", Country: "DK"}),
		},
	}
	if change != nil {
		change(&in)
	}
	return in
}

func site(host string, owner report.Party) report.IncidentSite {
	began, ended := Night.Add(3*time.Hour), Night.Add(4*time.Hour)
	return report.IncidentSite{
		Host: host, Name: "A site", Owner: owner, Words: report.Words{EN: "unavailable for a period", DA: "utilgængelig i en periode"}, Grade: "confirmed",
		Began: report.Moment{Earliest: began, Latest: began.Add(time.Minute)}, Ended: report.Moment{Earliest: ended, Latest: ended.Add(time.Minute)},
		Least: 3540, Most: 3660, Flaps: 1, ServedFrom: []string{"SE"}, NotServedFrom: []string{"DK", "DE"},
		Seen: []report.Seen{{
			Vantage: "cph", Network: "AS64496", Country: "DK", Probes: 61, Failed: 60, First: began.Add(time.Minute), Last: ended,
			Classes: []report.Class{
				{Class: "http_502", Words: report.Words{EN: "error 502", DA: "fejl 502"}, Probes: 60}, {Class: "ok", Words: report.Words{EN: "the page", DA: "siden"}, Probes: 1},
			},
		}, {Vantage: "inside", Network: "AS64497", Country: "DK", Probes: 1, Inside: true, Blind: true}},
		Listed: []report.Listed{
			{Feed: "open", First: began, Last: ended, Lists: 3, Received: []tlp.Label{tlp.Green}},
			{Feed: "closed", First: began, Last: ended, Lists: 1, Received: []tlp.Label{tlp.AmberStrict}},
		},
		Activity: []report.SiteActivity{{By: report.Edge, Seen: true, From: began, To: ended, What: "requests of the kind that an attack list orders"}},
		Evidence: []report.SiteEvidence{{Kind: "probes", At: began, Hash: Hash("e")}},
	}
}
