"""Runs the parts that scripts/torture names, and prints what came of them."""

import argparse
import os
import signal
import sys
import tempfile
import time


def main():
    arguments = argparse.ArgumentParser(prog="scripts/torture")
    arguments.add_argument("--binary", required=True, help=argparse.SUPPRESS)
    arguments.add_argument("--only", choices=["crash", "slow", "timing", "soak"], action="append")
    arguments.add_argument("--crashes", type=int, default=100)
    arguments.add_argument("--soak", type=float, default=60)
    arguments.add_argument("--slow", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    arguments.add_argument("--keep")
    chosen = arguments.parse_args()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

    # So that an end by signal cleans up as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    reports = []
    with tempfile.TemporaryDirectory(prefix="torture-") as scratch:
        for part in ["crash", "slow", "timing", "soak"]:
            if chosen.only and part not in chosen.only:
                continue
            if part == "crash":
                import crash
                faults = os.path.join(root, "Tests/Faults/faults.c")
                reports.append(crash.run(chosen.binary, faults, scratch, chosen.crashes, chosen.seed))
            elif part == "slow":
                import slow
                reports.append(slow.run(chosen.binary, scratch, chosen.slow))
            elif part == "timing":
                import timing
                reports.append(timing.run(chosen.binary, root, scratch))
            else:
                import soak
                reports.append(soak.run(chosen.binary, scratch, chosen.soak * 60, chosen.keep))

    print("\nSummary")
    for report in reports:
        print(f"{report.part}: {'FAILED' if report.faults else 'passed'}")
        for line in report.lines:
            print(f"    {line}")
        for line in report.faults[:20]:
            print(f"    WRONG: {line}")
        if len(report.faults) > 20:
            print(f"    and {len(report.faults) - 20} more")
    sys.exit(1 if any(report.faults for report in reports) else 0)


if __name__ == "__main__":
    main()
