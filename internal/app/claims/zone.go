package claims

import (
	"sync"
	"time"
	_ "time/tzdata" // days are those of the readers' clocks on every machine
)

// zones are the clocks of countries that have one, by ISO 3166-1 alpha-2. Overseas parts keep their own; readers are mostly in the main one.
var zones = map[string]string{
	"AL": "Europe/Tirane", "AM": "Asia/Yerevan", "AT": "Europe/Vienna", "AZ": "Asia/Baku", "BA": "Europe/Sarajevo", "BE": "Europe/Brussels",
	"BG": "Europe/Sofia", "CH": "Europe/Zurich", "CY": "Asia/Nicosia", "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen",
	"EE": "Europe/Tallinn", "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FO": "Atlantic/Faroe", "FR": "Europe/Paris", "GB": "Europe/London",
	"GE": "Asia/Tbilisi", "GL": "America/Nuuk", "GR": "Europe/Athens", "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IE": "Europe/Dublin",
	"IL": "Asia/Jerusalem", "IS": "Atlantic/Reykjavik", "IT": "Europe/Rome", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "LI": "Europe/Vaduz",
	"LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "LV": "Europe/Riga", "MC": "Europe/Monaco", "MD": "Europe/Chisinau", "ME": "Europe/Podgorica",
	"MK": "Europe/Skopje", "MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PL": "Europe/Warsaw",
	"PT": "Europe/Lisbon", "RO": "Europe/Bucharest", "RS": "Europe/Belgrade", "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana",
	"SK": "Europe/Bratislava", "TR": "Europe/Istanbul", "TW": "Asia/Taipei", "UA": "Europe/Kyiv", "XK": "Europe/Belgrade",
}

var loaded sync.Map

// zoneOf returns the clock of a country; nil for those that have several, or are not known.
func zoneOf(country string) *time.Location {
	if country == "UK" {
		country = "GB"
	}
	name, known := zones[country]
	if !known {
		return nil
	}
	if z, ok := loaded.Load(name); ok {
		return z.(*time.Location) //nolint:forcetypeassert // only these are stored
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	loaded.Store(name, z)
	return z
}
