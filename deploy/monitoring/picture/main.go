// Command picture draws the Grafana dashboard without Grafana. It runs a MariaDB, two CoreDNS, and a Prometheus that scrapes them; has
// questions asked and rows changed for some minutes, with an outage of the database in the middle; asks Prometheus what every
// panel of the dashboard asks; and draws the panels.
//
//	cd deploy && go run ./monitoring/picture
//
// Letters and lines are gonum/plot's; panels, their axes and the line of states are drawn here, as Grafana has them and plot has not.
//
// It needs mariadbd and prometheus (deploy/install-tools), and writes docs/dashboard.svg.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/mysqldns/mysqldns/deploy/monitoring"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// rateInterval is what Grafana would take for $__rate_interval: four scrapes and some more.
const rateInterval = "10s"

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("picture", flag.ContinueOnError)
	length := flags.Duration("for", 6*time.Minute, "how long to run the servers")
	output := flags.String("o", "../docs/dashboard.svg", "the `file` to draw into")
	keep := flags.String("keep", "", "write what Prometheus answered to this `file`")
	from := flags.String("from", "", "draw what -keep wrote to this `file`, without running anything")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dashboard, err := monitoring.Load()
	if err != nil {
		return err
	}
	var answers answers
	if *from != "" {
		text, err := os.ReadFile(*from)
		if err != nil {
			return err
		}
		err = json.Unmarshal(text, &answers)
		if err != nil {
			return err
		}
	} else if answers, err = perform(ctx, dashboard, *length); err != nil {
		return err
	}
	if *keep != "" {
		text, err := json.Marshal(answers)
		if err != nil {
			return err
		}
		if err := os.WriteFile(*keep, text, 0o600); err != nil {
			return err
		}
	}
	return draw(dashboard, answers, *output)
}
