"""Print the zone table of a statistics file: python3 scripts/zone_table.py statistics.csv"""

import csv
import sys


def print_zones(path):
    """Print one line per zone, the best first."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if row["section"] == "zone" and not row["district"] and not row["cross"]
        ]
    print(f"\n{'zone':<42}{'parcels':>8}{'share':>8}{'hectares':>10}{'share':>8}{'completed':>11}")
    for row in reversed(rows):
        print(
            f"{row['class']} {row['label']:<40}{row['parcels']:>8}{float(row['share_n']):>8.1%}"
            f"{float(row['area_hm2']):>10.1f}{float(row['share_area']):>8.1%}{row['completed']:>11}"
        )
    print(f"of {rows[0]['of_parcels']} parcels with a zone, {float(rows[0]['of_hm2']):.1f} ha")


if __name__ == "__main__":
    print_zones(sys.argv[1])
