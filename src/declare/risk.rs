//! Turns the risks of the resource into those of the plan, and back.

use crate::api::RiskSpec;
use crate::plan::Risk;

impl From<RiskSpec> for Risk {
    fn from(risk: RiskSpec) -> Self {
        match risk {
            RiskSpec::Blocking => Self::Blocking,
            RiskSpec::Breaking => Self::Breaking,
            RiskSpec::Destructive => Self::Destructive,
            RiskSpec::Unknown => Self::Unknown,
        }
    }
}

impl From<Risk> for RiskSpec {
    fn from(risk: Risk) -> Self {
        match risk {
            Risk::Blocking => Self::Blocking,
            Risk::Breaking => Self::Breaking,
            Risk::Destructive => Self::Destructive,
            Risk::Unknown => Self::Unknown,
        }
    }
}
