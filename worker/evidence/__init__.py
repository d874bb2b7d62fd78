"""Evidence: captured, sealed in bags, verified, and proved to the connectors' gate by receipts."""
