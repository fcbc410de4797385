package watch

import "github.com/seawall-project/seawall/internal/watch/probe"

// classWords is what people are told that a vantage sees.
var classWords = [...]Words{
	probe.Unknown:           {"something that fits nothing known", "noget, der ikke ligner noget kendt"},
	probe.OK:                {"the page", "siden"},
	probe.HTTP500:           {"error 500: the site's program fails", "fejl 500: webstedets program fejler"},
	probe.HTTP502:           {"error 502: nothing behind the site's proxy", "fejl 502: intet bag webstedets proxy"},
	probe.HTTP503:           {"error 503: the site cannot serve just now", "fejl 503: webstedet kan ikke svare lige nu"},
	probe.HTTP504:           {"error 504: what is behind the site's proxy is too slow", "fejl 504: det bag webstedets proxy er for langsomt"},
	probe.HTTP5xx:           {"an error of the site's server", "en fejl på webstedets server"},
	probe.HTTP4xx:           {"the page is refused", "siden afvises"},
	probe.OverloadPage:      {"a page that says it is overloaded", "en side om overbelastning"},
	probe.Challenge:         {"a challenge page", "en kontrolside"},
	probe.EdgeBlock:         {"a protection refuses this place", "en beskyttelse afviser dette sted"},
	probe.RedirectLoop:      {"redirects without end", "viderestillinger uden ende"},
	probe.RedirectForeign:   {"a redirect to another site", "en viderestilling til et andet websted"},
	probe.BadResponse:       {"an answer that breaks the rules", "et svar, der bryder reglerne"},
	probe.Truncated:         {"an answer that is cut off", "et svar, der bliver afbrudt"},
	probe.Empty:             {"an empty page", "en tom side"},
	probe.HTTPTimeout:       {"no answer in time", "intet svar i tide"},
	probe.TLSExpired:        {"the certificate is out of date", "certifikatet er udløbet"},
	probe.TLSWrongHost:      {"the certificate is for another name", "certifikatet gælder et andet navn"},
	probe.TLSUnknownCA:      {"the certificate's issuer is not known", "certifikatets udsteder er ukendt"},
	probe.TLSHandshake:      {"no encrypted connection", "ingen krypteret forbindelse"},
	probe.TLSReset:          {"the encrypted connection is broken off", "den krypterede forbindelse afbrydes"},
	probe.TLSTimeout:        {"no encrypted connection in time", "ingen krypteret forbindelse i tide"},
	probe.TCPRefused:        {"the connection is refused", "forbindelsen afvises"},
	probe.TCPReset:          {"the connection is broken off", "forbindelsen afbrydes"},
	probe.TCPTimeout:        {"no connection in time", "ingen forbindelse i tide"},
	probe.TCPUnreachable:    {"no way to the address", "ingen vej til adressen"},
	probe.DNSNXDomain:       {"the name does not exist", "navnet findes ikke"},
	probe.DNSServFail:       {"the name's servers fail", "navnets servere fejler"},
	probe.DNSRefused:        {"the question for the name is refused", "opslaget af navnet afvises"},
	probe.DNSNoAnswer:       {"the name has no address", "navnet har ingen adresse"},
	probe.DNSTimeout:        {"no answer to the question for the name", "intet svar på opslaget af navnet"},
	probe.RefusedTarget:     {"not asked", "ikke spurgt"},
	probe.MeasurementFailed: {"the place itself could not measure", "stedet kunne ikke selv måle"},
}

// ClassWords returns what people are told that a vantage sees.
func ClassWords(c probe.Class) Words {
	if int(c) >= len(classWords) {
		return classWords[probe.Unknown]
	}
	return classWords[c]
}
