package claims_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/app/claims"
)

// massNight is 40 minutes in which a quarter more sites than are named fail at once, twenty with each provider.
func massNight(named int) string {
	var sites, lines []string
	for i := range named + named/4 {
		sites = append(sites, fmt.Sprintf(`{"site":"s%05d.example","home":"DK","provider":"hoster %d"}`, i, i/20))
		if i < named {
			at := midnight.Add(20 * time.Minute).Format(time.RFC3339)
			lines = append(lines, fmt.Sprintf(`{"t":%q,"listing":{"host":"s%05d.example"}}`, at, i))
		}
	}
	return scene{sites: strings.Join(sites, ","), lines: lines, finds: during(20, 36, "http_502"), length: 40}.text()
}

// BenchmarkReplayMass is a night in which very many sites that are named fail at once.
func BenchmarkReplayMass(b *testing.B) {
	for _, named := range []int{500, 2000} {
		text := massNight(named)
		b.Run(fmt.Sprint(named), func(b *testing.B) {
			for b.Loop() {
				out, err := claims.Replay(strings.NewReader(text))
				if err != nil || len(out.Verdicts) < named {
					b.Fatalf("%d verdicts, error %v", len(out.Verdicts), err)
				}
			}
		})
	}
}
