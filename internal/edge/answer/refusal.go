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

// refusalRetry is the least number of seconds after which a request refused for lack of room may come again.
const refusalRetry = 10

// refusalReasons are the refusals that can be explained in a sentence.
var refusalReasons = map[int]seawall.Reason{
	http.StatusBadRequest:            seawall.ReasonBadRequest,
	http.StatusMethodNotAllowed:      seawall.ReasonMethod,
	http.StatusRequestEntityTooLarge: seawall.ReasonBodyTooLarge,
	http.StatusMisdirectedRequest:    seawall.ReasonUnknownHost,
	http.StatusNotImplemented:        seawall.ReasonMethod,
	http.StatusServiceUnavailable:    seawall.ReasonShed,
	http.StatusGatewayTimeout:        seawall.ReasonOriginTimeout,
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
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		p.retry = refusalRetry
	}
	p.Fields = seawall.Fields{
		{Name: "Content-Type", Value: p.ContentType},
		{Name: "Content-Language", Value: strings.Join(tags, ", ")},
		cacheControl, noContent, noSniff,
	}
	return p
}
