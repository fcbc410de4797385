package config_test

import (
	"fmt"

	"github.com/seawall-project/seawall/internal/config"
)

func ExampleParse() {
	c, err := config.Parse("seawall.yaml", []byte(`
version: 1
sites:
  - name: www.example.org
    origin: http://127.0.0.1:8080
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	site := c.Sites[0]
	fmt.Println(c.Listen, c.Admin, c.Cache.Memory)
	fmt.Println(site.Name, site.Origins, site.TLS, site.MaxStale)
	fmt.Println(c.Problem("listen[0]", "is in use", "stop the other program, or listen elsewhere"))
	// Output:
	// [:8443] 127.0.0.1:9180 268435456
	// www.example.org [http://127.0.0.1:8080] internal 24h0m0s
	// seawall.yaml:2:1: listen[0]: is in use (stop the other program, or listen elsewhere)
}

func ExampleParse_problems() {
	_, err := config.Parse("seawall.yaml", []byte(`
version: 1
cache:
  memory: 64
sites:
  - name: www.example.org
    orign: http://127.0.0.1:8080
    stale: 7d
`))
	fmt.Println(err)
	// Output:
	// seawall.yaml:4:3: cache.memory: "64" has no unit (write 64MiB)
	// seawall.yaml:7:5: sites[0].orign: is not a known key (did you mean origin?)
	// seawall.yaml:8:5: sites[0].stale: "7d" has a unit unknown here (write 168h)
}

func ExampleFromFlags() {
	_, err := config.FromFlags(config.Flags{Site: "https://www.example.org/", Origin: "127.0.0.1:8080"})
	fmt.Println(err)
	// Output:
	// --site: "https://www.example.org/" is more than a host name (write www.example.org)
	// --origin: has no scheme (write http://127.0.0.1:8080 or https://127.0.0.1:8080)
}
