package status

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall"
)

// ParseWords reads somebody's own words: plain text in UTF-8, at most [MaxWords] long, in paragraphs with empty lines between them. Markup means
// nothing in it. Characters that do not print are errors, so that nobody's page is turned around by them; a byte order mark is left out.
func ParseWords(text []byte) ([]string, error) {
	if len(text) > MaxWords {
		return nil, fmt.Errorf("the words are %d bytes long, at most %d", len(text), MaxWords)
	}
	if !utf8.Valid(text) {
		return nil, errors.New("the words are not UTF-8")
	}
	s := strings.TrimPrefix(string(text), "\ufeff")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(s)
	line := 1
	for _, r := range s {
		switch {
		case r == '\n':
			line++
		case !printable(r):
			return nil, fmt.Errorf("line %d of the words has the character %U, which does not print", line, r)
		}
	}
	var all []string
	var paragraph []string
	for _, l := range append(strings.Split(s, "\n"), "") {
		if l = strings.TrimSpace(l); l != "" {
			paragraph = append(paragraph, l)
			continue
		}
		if len(paragraph) > 0 {
			all = append(all, strings.Join(paragraph, "\n"))
		}
		paragraph = nil
	}
	return all, nil
}

// printable reports whether r may stand on a page: it prints, or is a space; marks that turn the direction of text do not.
func printable(r rune) bool {
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r) || r == '\u00ad' || r == '\u200d'
}

// checkText checks a short text that somebody else wrote.
func checkText(what, s string) error {
	switch {
	case s == "":
		return fmt.Errorf("there is no %s", what)
	case !utf8.ValidString(s):
		return fmt.Errorf("the %s is not UTF-8", what)
	case utf8.RuneCountInString(s) > MaxText:
		return fmt.Errorf("the %s is longer than %d characters", what, MaxText)
	case strings.ContainsFunc(s, func(r rune) bool { return !printable(r) }):
		return fmt.Errorf("the %s has a character that does not print", what)
	}
	return nil
}

// wording is everything that pages say of themselves in one language.
type wording struct {
	language string // its own name
	choose   string // what the list of languages is called

	state    [states]string
	headline [states]string // of an owner's page
	sites    string         // over an owner's page
	site     string
	stateOf  string
	ownWords string
	frozen   string // before a time
	legend   [states]string

	overview    string // headline of an authority's page
	counted     string // before a time
	sector      string
	measured    string
	disturbed   string
	undisturbed string
	other       string
	total       string
	withheld    string
	nothing     string
	summary     string // disturbed, measured
	explain     []string

	at      string // before a time
	due     string // before a time
	notDue  string
	feeds   string
	json    string
	atom    string
	moment  string // layout of a time
	maker   string
	months  [12]string
	missing string // before words in another language
}

var wordings = map[seawall.Language]*wording{
	seawall.English: {
		language: "English",
		choose:   "Language",
		state: [states]string{
			Unstated: "No statement", Working: "Working", Disturbed: "Disturbed", Maintenance: "Maintenance",
		},
		headline: [states]string{
			Unstated: "We cannot say how everything is at the moment", Working: "Our websites are working",
			Disturbed: "There are disturbances at the moment", Maintenance: "We are doing maintenance",
		},
		sites:    "Status of our websites",
		site:     "Website",
		stateOf:  "State",
		ownWords: "In our own words",
		frozen:   "We keep this page as it is for now, and renew it by hand. It has stood like this since",
		legend: [states]string{
			Unstated:    "Not measured at the moment. It may well be working.",
			Working:     "Readers get the pages.",
			Disturbed:   "Some or all readers do not get the pages, or only now and then.",
			Maintenance: "Work that was planned. The site may be away for a while.",
		},

		overview:    "How websites fare, by sector",
		counted:     "Measured websites by sector, as things were on",
		sector:      "Sector",
		measured:    "Measured",
		disturbed:   "Disturbed",
		undisturbed: "Not disturbed",
		other:       "Other sectors together",
		total:       "All",
		withheld:    "not shown",
		nothing:     "There are no figures for this time: too little could be measured.",
		summary:     "%d of %d measured websites were disturbed.",
		explain: []string{
			"A website counts as disturbed when several independent places of measurement found that readers did not get its pages. That is an effect, " +
				"not a cause: it does not say that there was an attack.",
			"Figures under five, and figures that they could be worked out from, are not shown. Sectors with fewer than five websites are counted " +
				"together. Websites under planned maintenance, and those that could not be measured, are not counted.",
			"These figures are about websites. Voting and counting are not part of this measurement.",
		},

		at:      "Page made",
		due:     "Next page due",
		notDue:  "The next page comes when we renew it by hand.",
		feeds:   "The same for machines:",
		json:    "JSON",
		atom:    "Atom feed",
		moment:  "2 January 2006 at 15:04 (MST)",
		maker:   "Made with Seawall. This page runs no scripts and loads nothing.",
		missing: "Only in Danish:",
	},
	seawall.Danish: {
		language: "Dansk",
		choose:   "Sprog",
		state: [states]string{
			Unstated: "Ingen udtalelse", Working: "Virker", Disturbed: "Forstyrret", Maintenance: "Vedligeholdelse",
		},
		headline: [states]string{
			Unstated: "Vi kan ikke sige, hvordan det hele går i øjeblikket", Working: "Vores websteder virker",
			Disturbed: "Der er forstyrrelser i øjeblikket", Maintenance: "Vi er i gang med vedligeholdelse",
		},
		sites:    "Status for vores websteder",
		site:     "Websted",
		stateOf:  "Tilstand",
		ownWords: "Med vores egne ord",
		frozen:   "Vi lader siden stå, som den er, og fornyer den i hånden. Sådan har den stået siden",
		legend: [states]string{
			Unstated:    "Ikke målt i øjeblikket. Det kan sagtens virke.",
			Working:     "Læserne får siderne.",
			Disturbed:   "Nogle eller alle læsere får ikke siderne, eller kun af og til.",
			Maintenance: "Planlagt arbejde. Webstedet kan være væk et stykke tid.",
		},

		overview:    "Hvordan det går websteder, efter sektor",
		counted:     "Målte websteder efter sektor, som det så ud den",
		sector:      "Sektor",
		measured:    "Målt",
		disturbed:   "Forstyrret",
		undisturbed: "Ikke forstyrret",
		other:       "Andre sektorer tilsammen",
		total:       "Alle",
		withheld:    "vises ikke",
		nothing:     "Der er ingen tal for dette tidspunkt: for lidt kunne måles.",
		summary:     "%d af %d målte websteder var forstyrret.",
		explain: []string{
			"Et websted tæller som forstyrret, når flere uafhængige målesteder fandt, at læserne ikke fik dets sider. Det er en virkning, ikke en årsag: det siger " +
				"ikke, at der var et angreb.",
			"Tal under fem, og tal som de kunne regnes ud af, vises ikke. Sektorer med færre end fem websteder tælles sammen. Websteder under planlagt " +
				"vedligeholdelse, og dem der ikke kunne måles, tælles ikke med.",
			"Tallene handler om websteder. Afstemning og optælling er ikke en del af denne måling.",
		},

		at:     "Siden er lavet",
		due:    "Næste side ventes",
		notDue: "Den næste side kommer, når vi fornyer den i hånden.",
		feeds:  "Det samme for maskiner:",
		json:   "JSON",
		atom:   "Atom-feed",
		moment: "2. January 2006 kl. 15.04 (MST)",
		maker:  "Lavet med Seawall. Siden kører ingen scripts og henter intet.",
		months: [12]string{
			"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december",
		},
		missing: "Kun på engelsk:",
	},
}
