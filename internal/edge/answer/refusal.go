package answer

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/seawall-project/seawall"
)

const (
	firstRefusal = 400
	lastRefusal  = 599
)

// refusalReasons are the refusals that the edge sends, each with the sentence that explains it.
var refusalReasons = map[int]seawall.Reason{
	http.StatusBadRequest:            seawall.ReasonBadRequest,
	http.StatusRequestEntityTooLarge: seawall.ReasonBodyTooLarge,
	http.StatusGatewayTimeout:        seawall.ReasonOnlyIfCached,
	http.StatusMisdirectedRequest:    seawall.ReasonUnknownHost,
	http.StatusNotImplemented:        seawall.ReasonMethod,
}

// refusal is the page for status: its number and phrase, and where there is more to say, a sentence in each language.
func refusal(status int) Page {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", status, cmp.Or(http.StatusText(status), "Error"))
	tags := []string{seawall.English.String()}
	if reason, ok := refusalReasons[status]; ok {
		tags = tags[:0]
		for _, l := range seawall.Languages() {
			tags = append(tags, l.String())
			b.WriteString(reason.Text(l) + "\n")
		}
	}
	p := Page{Status: status, ContentType: "text/plain; charset=utf-8", before: []byte(b.String())}
	p.Fields = seawall.Fields{
		{Name: "Content-Type", Value: p.ContentType},
		{Name: "Content-Language", Value: strings.Join(tags, ", ")},
		cacheControl, noContent, noSniff,
	}
	return p
}
